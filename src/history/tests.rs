//! Which facts are read from records, and which are not.

use serde_json::{Value, json};

use super::*;
use crate::{
    aws::ResourceKind,
    policy::{ConfiguredContext, Context as _, Declared, Limits, Lookup, Policy},
};

const ROLE: &str = "arn:aws:sts::123456789012:assumed-role/Orders/pod-1";

fn record(action: &str, resources: &[&str], parameters: Value) -> Value {
    json!({
        "schema": 1, "time": "2026-11-24T10:00:00.000Z", "kind": "rds", "mode": "audit", "decision": "deny",
        "enforced": false, "reason": "implicit_deny", "action": action, "resources": resources,
        "principal": {"arn": ROLE, "account": "123456789012", "access_key_id": "ASIAIOSFODNN7EXAMPLE", "trust": "known"},
        "region": "eu-west-1", "parameters": parameters,
        "upstream": {"endpoint": "vpce-0a1b2c3d4e5f67890-abcdefgh.rds.eu-west-1.vpce.amazonaws.com", "status": 200},
    })
}

fn call(record: &Value) -> RecordedCall {
    let line = read(&record.to_string());
    let Line::Call(call) = line else { panic!("{line:?}: {record:#}") };
    *call
}

fn own(name: &str) -> String {
    format!("arn:aws:rds:eu-west-1:123456789012:{name}")
}

#[test]
fn lines_are_told_apart() {
    let good = record("rds:DeleteDBInstance", &[&own("db:x")], json!([]));
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        read(&changed.to_string())
    };
    assert!(matches!(with("kind", "rds".into()), Line::Call(_)));
    assert!(matches!(with("kind", "tunnel".into()), Line::OtherRecord));
    assert!(matches!(with("action", Value::Null), Line::OtherRecord));
    assert!(matches!(with("schema", 2.into()), Line::OtherSchema));
    assert!(matches!(with("action", "delete".into()), Line::Broken));
    assert!(matches!(with("decision", "maybe".into()), Line::Broken));
    assert!(matches!(with("resources", Value::Null), Line::Broken));
    for line in ["", "hello", "[1]", "{}", "{\"kind\": \"rds\"}", "{\"schema\": 1, \"kind\": \"rd"] {
        assert!(matches!(read(line), Line::Foreign), "{line}");
    }
}

#[test]
fn a_star_in_an_arn_is_what_the_call_makes_it() {
    for (action, arn, parameters, kind) in [
        ("rds:DescribeDBInstances", "db:*", json!([]), ResourceKind::All),
        ("rds:DescribeDBInstances", "db:prod-*", json!(["DBInstanceIdentifier"]), ResourceKind::Exact),
        ("rds:DescribeDBProxies", "db-proxy:*", json!([]), ResourceKind::All),
        ("rds:DescribeDBProxies", "db-proxy:*", json!(["DBProxyName"]), ResourceKind::UnknownId),
        // Without parameters, the kind under which an Allow must cover the most.
        ("rds:DescribeDBProxies", "db-proxy:*", Value::Null, ResourceKind::UnknownId),
        ("rds:DescribeDBInstances", "db:*", Value::Null, ResourceKind::All),
        (
            "rds:CreateDBInstance",
            "og:default:postgres*",
            json!(["DBInstanceIdentifier", "Engine"]),
            ResourceKind::Default,
        ),
        ("rds:CreateDBInstance", "og:default:postgres*", Value::Null, ResourceKind::Default),
        ("rds:FutureAction", "db:*", json!([]), ResourceKind::UnknownId),
    ] {
        let call = call(&record(action, &[&own(arn)], parameters.clone()));
        assert_eq!(call.resources[0].kind, kind, "{action} {arn} {parameters}");
    }
    let star = |action: &str, unknown: bool| {
        let mut record = record(action, &["*"], json!([]));
        record["unknown_action"] = unknown.into();
        call(&record).resources[0].kind
    };
    assert_eq!(star("rds:DescribeAccountAttributes", false), ResourceKind::Star);
    assert_eq!(star("rds:FutureAction", true), ResourceKind::Unknown);
}

#[test]
fn what_parameters_call_for_is_known_as_far_as_the_record_tells() {
    let names = json!(["SourceDBSnapshotIdentifier", "TargetDBSnapshotIdentifier", "Tags.Tag.1.Key"]);
    let copy = call(&record("rds:CopyDBSnapshot", &[&own("snapshot:a"), &own("snapshot:b")], names));
    let [tags] = &copy.further[..] else { panic!("{:?}", copy.further) };
    assert_eq!((tags.action.as_str(), &*tags.resources[0].arn), ("rds:AddTagsToResource", own("snapshot:b").as_str()));

    let names = json!(["DBInstanceIdentifier", "FinalDBSnapshotIdentifier"]);
    let delete = call(&record("rds:DeleteDBInstance", &[&own("db:a")], names));
    let arns: Vec<&str> = delete.further[0].resources.iter().map(|resource| &*resource.arn).collect();
    assert_eq!(arns, [own("db:a"), own("snapshot:*")]);
    assert_eq!(delete.further[0].resources[1].kind, ResourceKind::UnknownId);

    let values = json!({"DBInstanceIdentifier": "a", "FinalDBSnapshotIdentifier": "last"});
    let delete = call(&record("rds:DeleteDBInstance", &[&own("db:a")], values));
    assert_eq!(&*delete.further[0].resources[1].arn, own("snapshot:last"));
}

#[test]
fn the_call_in_a_presigned_url_is_asked_of_the_region_that_is_copied_from() {
    let source = "arn:aws:rds:us-east-1:123456789012:snapshot:a";
    let names = json!(["SourceDBSnapshotIdentifier", "TargetDBSnapshotIdentifier", "PreSignedUrl"]);
    let copy = call(&record("rds:CopyDBSnapshot", &[source, &own("snapshot:b")], names));
    let arns: Vec<&str> = copy.further[0].resources.iter().map(|resource| &*resource.arn).collect();
    assert_eq!(arns, [source, "arn:aws:rds:us-east-1:123456789012:snapshot:b"]);
    assert_eq!(copy.further[0].kind, DemandKind::Presigned);
}

#[test]
fn what_became_of_a_call_is_told_by_status_and_reason() {
    let outcome = |decision: &str, enforced: bool, reason: &str, upstream: Value| {
        let mut record = record("rds:DeleteDBInstance", &[&own("db:x")], json!([]));
        record["decision"] = decision.into();
        record["enforced"] = enforced.into();
        record["reason"] = reason.into();
        record["upstream"] = upstream;
        call(&record).outcome
    };
    let status = |status: u16| json!({"endpoint": "x", "status": status});
    assert_eq!(outcome("allow", true, "allowed", status(200)), Outcome::Served);
    assert_eq!(outcome("allow", true, "allowed", status(404)), Outcome::Failed(Some(404)));
    assert_eq!(outcome("allow", true, "upstream_timeout", Value::Null), Outcome::Failed(None));
    assert_eq!(outcome("deny", true, "implicit_deny", Value::Null), Outcome::Refused);
    assert_eq!(outcome("deny", false, "implicit_deny", status(200)), Outcome::Served);
    assert_eq!(outcome("deny", false, "implicit_deny", Value::Null), Outcome::Served);
    assert_eq!(outcome("deny", false, "implicit_deny", status(403)), Outcome::Failed(Some(403)));
}

#[test]
fn keys_are_known_absent_or_not_told_and_never_guessed() {
    let declared = Declared::default();
    let names = json!(["DBInstanceIdentifier", "Engine", "StorageEncrypted"]);
    let call = call(&record("rds:CreateDBInstance", &[&own("db:x")], names));
    let context = RecordedContext::new(&call, None, &declared);
    for (key, found) in [
        ("aws:requestedregion", Lookup::One("eu-west-1")),
        ("aws:principalaccount", Lookup::One("123456789012")),
        ("aws:sourcevpce", Lookup::One("vpce-0a1b2c3d4e5f67890")),
        ("aws:username", Lookup::Absent),
        ("aws:sourceip", Lookup::Absent),
        // Not among the parameters, so not sent.
        ("aws:requesttag/team", Lookup::Absent),
        ("aws:tagkeys", Lookup::Absent),
        ("guard:param/iops", Lookup::Absent),
        // Sent, with a value that is not shown.
        ("rds:storageencrypted", Lookup::Unknown),
        ("guard:param/engine", Lookup::Unknown),
        ("aws:useragent", Lookup::Unknown),
        ("aws:principalorgid", Lookup::Unknown),
        ("s3:prefix", Lookup::Unknown),
        ("lambda:sourcefunctionarn", Lookup::Unknown),
        ("rds:notinthetable", Lookup::Unknown),
    ] {
        assert_eq!(context.lookup(key), found, "{key}");
    }
    assert_eq!(context.silence("rds:StorageEncrypted"), Silence::Untold);
    assert_eq!(context.silence("aws:ResourceTag/team"), Silence::Unknowable);
    let context = ConfiguredContext::new([("aws:PrincipalOrgID".to_owned(), vec!["o-1".to_owned()])]);
    let declared = Declared { context, ..Declared::default() };
    assert_eq!(RecordedContext::new(&call, None, &declared).lookup("aws:principalorgid"), Lookup::One("o-1"));
}

#[test]
fn values_that_are_shown_answer_and_tags_that_are_not_leave_all_tags_open() {
    let declared = Declared::default();
    let values = json!({"DBInstanceIdentifier": "x", "DBInstanceClass": "db.t4g.micro", "Tags.Tag.1.Key": "team", "Tags.Tag.1.Value": "a"});
    let shown = call(&record("rds:CreateDBInstance", &[&own("db:x")], values));
    let context = RecordedContext::new(&shown, None, &declared);
    assert_eq!(context.lookup("rds:databaseclass"), Lookup::One("db.t4g.micro"));
    assert_eq!(context.lookup("aws:requesttag/team"), Lookup::One("a"));
    assert_eq!(context.lookup("aws:requesttag/other"), Lookup::Absent);
    let names = json!(["DBInstanceIdentifier", "Tags.Tag.1.Key", "Tags.Tag.1.Value"]);
    let hidden = call(&record("rds:CreateDBInstance", &[&own("db:x")], names));
    let context = RecordedContext::new(&hidden, None, &declared);
    for key in ["aws:requesttag/team", "aws:requesttag/other", "aws:tagkeys", "rds:req-tag/team"] {
        assert_eq!(context.lookup(key), Lookup::Unknown, "{key}");
    }
    let nothing = call(&record("rds:CreateDBInstance", &[&own("db:x")], Value::Null));
    let context = RecordedContext::new(&nothing, None, &declared);
    for key in ["aws:requesttag/team", "rds:databaseclass", "guard:param/iops"] {
        assert_eq!(context.lookup(key), Lookup::Unknown, "{key}");
    }
}

/// The verdict of a replay against a policy with these statements on a call that was allowed; `None` if it is
/// unchanged.
fn replayed(statements: &str, record: &Value) -> Option<(Verdict, Option<String>)> {
    let mut allowed = record.clone();
    allowed["decision"] = "allow".into();
    allowed["enforced"] = true.into();
    allowed["reason"] = "allowed".into();
    let open = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{open},{statements}]}}"#);
    let policy = Policy::parse(&text, &Limits::default()).unwrap();
    let mut replay = Replay::new(&policy, Declared::default());
    replay.take(&call(&allowed));
    let changes: Vec<_> = replay.changes().map(|(change, _)| (change.to, change.because_of.clone())).collect();
    assert!(changes.len() <= 1, "{changes:?}");
    changes.into_iter().next()
}

#[test]
fn what_parameters_that_are_not_listed_may_have_called_for_is_not_told() {
    let no_tags = r#"{"Effect":"Deny","Principal":"*","Action":"rds:AddTagsToResource","Resource":"*"}"#;
    let no_tags_on = |condition: &str| no_tags.replace("\"*\"}", &format!("\"*\",\"Condition\":{condition}}}"));
    let tagging = Some("rds:AddTagsToResource".to_owned());
    let named = |names: Value| record("rds:CreateDBInstance", &[&own("db:a")], names);
    let unlisted = named(Value::Null);
    assert_eq!(replayed(no_tags, &unlisted), Some((Verdict::Untold, tagging.clone())));
    assert_eq!(replayed(no_tags, &named(json!(["DBInstanceIdentifier"]))), None);
    assert_eq!(
        replayed(no_tags, &named(json!(["DBInstanceIdentifier", "Tags.Tag.1.Key"]))),
        Some((Verdict::ExplicitDeny, tagging.clone()))
    );
    // The action that tags require has its own keys: whether they are known depends on what the record shows.
    let prod = no_tags_on(r#"{"StringEquals":{"aws:RequestTag/stage":"prod"}}"#);
    let tags = |value: Value| {
        let values = json!({"DBInstanceIdentifier": "a", "Tags.Tag.1.Key": "stage", "Tags.Tag.1.Value": value});
        replayed(&prod, &named(values))
    };
    assert_eq!(tags("prod".into()), Some((Verdict::ExplicitDeny, tagging.clone())));
    assert_eq!(tags("dev".into()), None);
    assert_eq!(tags(Value::Null), Some((Verdict::Untold, tagging.clone())));
    assert_eq!(replayed(&prod, &unlisted), Some((Verdict::Untold, tagging)));
    let engine = no_tags_on(r#"{"StringEquals":{"rds:DatabaseEngine":"mysql"}}"#);
    let values = |engine: &str| json!({"DBInstanceIdentifier": "a", "Engine": engine, "Tags.Tag.1.Key": "k", "Tags.Tag.1.Value": "v"});
    // The tagged resource is the one that the call creates, with the engine that the call specifies.
    assert_eq!(replayed(&engine, &named(values("postgres"))), None);
    assert_eq!(replayed(&engine, &named(values("mysql"))).map(|(verdict, _)| verdict), Some(Verdict::ExplicitDeny));
    let names = json!(["DBInstanceIdentifier", "Engine", "Tags.Tag.1.Key"]);
    assert_eq!(replayed(&engine, &named(names)).map(|(verdict, _)| verdict), Some(Verdict::Untold));
    // An action that requires no other action.
    let stop = record("rds:StopDBInstance", &[&own("db:a")], Value::Null);
    assert_eq!(
        replayed(r#"{"Effect":"Deny","Principal":"*","Action":"rds:AddTagsToResource","Resource":"*"}"#, &stop),
        None
    );
    // A default group for which no Allow is needed if the instance belongs to a cluster.
    let group = r#"{"Effect":"Deny","Principal":"*","Action":"rds:CreateDBInstance","Resource":"arn:aws:rds:*:*:pg:default.*"}"#;
    assert_eq!(replayed(group, &unlisted), Some((Verdict::Untold, Some("rds:CreateDBInstance".to_owned()))));
    let member = json!({"DBInstanceIdentifier": "a", "Engine": "aurora-mysql", "DBClusterIdentifier": "c"});
    assert_eq!(replayed(group, &named(member)), Some((Verdict::ExplicitDeny, Some("rds:CreateDBInstance".to_owned()))));
}
