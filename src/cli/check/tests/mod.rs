//! The proxy, `check`, `/api/check` and `replay` give the same answers.

mod keys;
mod table;

use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

use crate::{
    authorize::Circumstances,
    aws::endpoint::{RdsHost, Recognised, recognise},
    decode::{self, ApiCall},
    history::{self, Line, RecordedCall},
    http1::Request,
    identify::IdentifiedCall,
    record::Decision,
};

const NOW: OffsetDateTime = datetime!(2026-01-31 12:00 UTC);

const CIRCUMSTANCES: Circumstances<'static> =
    Circumstances { now: NOW, endpoint: None, vpc: None, public: false, workload: None };

fn host(name: &str) -> RdsHost {
    match recognise(name) {
        Recognised::Rds(host) => host,
        Recognised::Lookalike | Recognised::Other => panic!("{name} is no host of the service"),
    }
}

/// A signed request with this body.
fn request(host: &RdsHost, access_key_id: &str, body: &str) -> Vec<u8> {
    let scope = format!("{access_key_id}/20260131/{}/rds/aws4_request", host.region());
    format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         X-Amz-Date: 20260131T120000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential={scope}, \
         SignedHeaders=content-type;host;x-amz-date, Signature={}\r\nContent-Length: {}\r\n\r\n{body}",
        host.name(),
        "0".repeat(64),
        body.len()
    )
    .into_bytes()
}

fn call(bytes: &[u8], host: &RdsHost) -> Result<ApiCall, decode::Error> {
    let request = Request::parse(bytes.to_vec().into()).unwrap();
    decode::api_call(request, host, &decode::Settings::default())
}

/// The record of a call, with the values of its parameters.
fn recorded(identified: &IdentifiedCall, resources: &[String], decision: Decision) -> RecordedCall {
    let (call, caller) = (identified.call(), identified.caller());
    let parameters = call.parameters().map(|(name, value)| (name.to_owned(), json!(value.plain())));
    let record = json!({
        "schema": 1, "time": "2026-01-31T12:00:00.000Z", "kind": "rds", "mode": "enforce", "decision": decision,
        "enforced": true, "reason": if decision == Decision::Allow { "allowed" } else { "explicit_deny" },
        "action": call.action().to_string(), "resources": resources, "region": call.host().region().as_str(),
        "principal": {
            "arn": caller.principal.as_ref().map(ToString::to_string),
            "account": caller.account.map(|account| account.to_string()),
            "access_key_id": caller.access_key_id.as_ref().map(ToString::to_string),
            "trust": caller.trust.as_str(),
        },
        "unknown_action": !call.is_known_action(), "unknown_parameters": call.unknown_parameters(),
        "parameters": parameters.collect::<serde_json::Map<String, Value>>(),
    });
    let line = history::read(&record.to_string());
    let Line::Call(call) = line else { panic!("{line:?}: {record:#}") };
    *call
}
