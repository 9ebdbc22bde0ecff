//! The demonstration as JSON: one object for each call.

use std::io::{self, Write};

use serde_json::json;

use super::{
    Made,
    follow::{Decided, Verdict},
    script::Way,
};

pub(super) fn call(out: &mut impl Write, made: &Made<'_>) -> io::Result<()> {
    let signed = match made.scene.way {
        Way::Header => "header",
        Way::Presigned => "presigned",
        Way::Tampered => "tampered",
    };
    let answer = json!({ "status": made.reply.status, "code": made.reply.element("Code"),
                         "message": made.reply.element("Message") });
    let line = json!({ "policy": made.act.title, "mode": made.act.mode, "account": made.scene.caller.account(),
                       "signed": signed, "decided": decision(&made.decided), "answer": answer });
    writeln!(out, "{line}")
}

/// A decision, in the format that is also used while serving.
pub(super) fn decision(decided: &Decided) -> serde_json::Value {
    let statement = decided.statement.as_ref().map(|found| json!({ "index": found.index, "sid": found.sid }));
    let allowed_to_pass = decided.verdict() != Verdict::Deny;
    json!({ "kind": decided.kind, "decision": decided.decision, "enforced": decided.enforced,
            "passed": allowed_to_pass, "reason": decided.reason, "action": decided.action,
            "resources": decided.resources, "statement": statement, "undetermined": decided.undetermined,
            "status": decided.upstream.as_ref().map(|upstream| upstream.status) })
}
