//! Each account sees its own resources, and those that others share with it.

use time::OffsetDateTime;

use super::{INSTANCE, Talk, call, lasting_key};
use crate::sandbox::{Key, Placement, Reply, Sandbox, SandboxSettings};

/// Credentials of another account.
fn neighbour() -> Key {
    Key {
        access_key_id: "AKIASANDBOX000000003".parse().expect("well formed"),
        account: "111122223333".parse().expect("twelve digits"),
        ..lasting_key()
    }
}

/// Makes a call with this key, and checks the status of the response.
fn ask(talk: &mut Talk, key: &Key, action: &str, parameters: &[(&str, &str)], status: u16) -> Reply {
    let signed = call(action, parameters).sign(key, Placement::Header, OffsetDateTime::now_utc()).expect("signable");
    let reply = talk.say(signed);
    assert_eq!(reply.status, status, "{action}: {:?} {:?}", reply.element("Code"), reply.element("Message"));
    reply
}

#[test]
fn a_snapshot_is_seen_and_copied_by_those_with_whom_it_is_shared() {
    let (owner, neighbour) = (lasting_key(), neighbour());
    let keys = vec![owner.clone(), neighbour.clone()];
    let sandbox = Sandbox::start(SandboxSettings { keys, ..SandboxSettings::default() }).expect("a free port");
    let mut talk = Talk::with(&sandbox);
    let snapshot = ("DBSnapshotIdentifier", "s1");
    let arn = "arn:aws:rds:us-east-1:123456789012:snapshot:s1";
    let copy = [("SourceDBSnapshotIdentifier", arn), ("TargetDBSnapshotIdentifier", "mine")];
    let shared = [("SnapshotType", "shared")];
    ask(&mut talk, &owner, "CreateDBInstance", &INSTANCE, 200);
    ask(&mut talk, &owner, "CreateDBSnapshot", &[("DBInstanceIdentifier", "orders"), snapshot], 200);

    ask(&mut talk, &neighbour, "CopyDBSnapshot", &copy, 404);
    assert_eq!(ask(&mut talk, &neighbour, "DescribeDBSnapshots", &shared, 200).element("DBSnapshotArn"), None);

    let grant = [snapshot, ("AttributeName", "restore"), ("ValuesToAdd.AttributeValue.1", "111122223333")];
    ask(&mut talk, &owner, "ModifyDBSnapshotAttribute", &grant, 200);
    let seen = ask(&mut talk, &neighbour, "DescribeDBSnapshots", &shared, 200);
    assert_eq!(seen.element("DBSnapshotArn").as_deref(), Some(arn));
    let copied = ask(&mut talk, &neighbour, "CopyDBSnapshot", &copy, 200);
    let own = "arn:aws:rds:us-east-1:111122223333:snapshot:mine";
    assert_eq!(copied.element("DBSnapshotArn").as_deref(), Some(own));
    // The copy is not shared with any account.
    let attributes = [("DBSnapshotIdentifier", "mine")];
    let attributes = ask(&mut talk, &neighbour, "DescribeDBSnapshotAttributes", &attributes, 200);
    assert_eq!(attributes.element("AttributeValue"), None);
}

#[test]
fn accounts_and_regions_have_names_of_their_own() {
    let (owner, neighbour) = (lasting_key(), neighbour());
    let keys = vec![owner.clone(), neighbour.clone()];
    let sandbox = Sandbox::start(SandboxSettings { keys, ..SandboxSettings::default() }).expect("a free port");
    let mut talk = Talk::with(&sandbox);
    ask(&mut talk, &owner, "CreateDBInstance", &INSTANCE, 200);
    let orders = [("DBInstanceIdentifier", "orders")];
    let of_owner = [("DBInstanceIdentifier", "arn:aws:rds:us-east-1:123456789012:db:orders")];
    ask(&mut talk, &neighbour, "DescribeDBInstances", &orders, 404);
    ask(&mut talk, &neighbour, "StopDBInstance", &of_owner, 404);
    ask(&mut talk, &owner, "StopDBInstance", &of_owner, 200);
    ask(&mut talk, &neighbour, "CreateDBInstance", &INSTANCE, 200);
}
