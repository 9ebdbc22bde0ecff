//! What is secret stays where it was sent to: a marker in every sensitive parameter, through success, denial and error,
//! with everything logged that can be.

use rds_guard::{
    aws::rds::{OPERATIONS, Sensitivity},
    sandbox::{Call, Placement},
};
use rustix::process::Signal;
use time::OffsetDateTime;

use crate::support::stage::{HOST, Stage, exchange};

const MARKER: &str = "MARKER-that-nobody-may-see-0451";

/// Allows some, denies some: both ways are to be seen.
const POLICY: &str = r#"{"Statement":[
    {"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
    {"Effect":"Deny","Principal":"*","Action":["rds:Modify*","rds:Copy*"],"Resource":"*"}
]}"#;

#[tokio::test]
async fn no_sensitive_parameter_is_shown_by_any_answer_record_log_or_metric() {
    let stage = Stage::set(
        POLICY,
        &["RDS_GUARD_AUDIT__PARAMETERS=true", "RDS_GUARD_LOG=trace", "RDS_GUARD_DECODE__UNKNOWN_PARAMETERS=pass"],
    );
    let mut sent = 0;
    for operation in OPERATIONS {
        for parameter in operation.parameters.iter().filter(|parameter| parameter.sensitivity == Sensitivity::Secret) {
            let name = parameter.name.replace('#', "1");
            for (parameters, signed) in [
                // As it should be; twice, which is an error that names the parameter; in another letter case.
                (vec![(name.as_str(), MARKER)], true),
                (vec![(name.as_str(), MARKER), (name.as_str(), MARKER)], true),
                (vec![(name.to_ascii_lowercase().as_str(), MARKER)], false),
            ] {
                let mut bytes = stage.signed("us-east-1", operation.name, &parameters);
                if !signed {
                    bytes = bytes.replace("Signature=", "Signature=zz");
                }
                let answer = exchange(&stage.guard, bytes.as_bytes()).await;
                // The sandbox is not asked to be discreet; what the proxy says itself is.
                assert!(!answer.contains("[rds-guard]") || !answer.contains(MARKER), "{}: {answer}", operation.name);
                sent += 1;
            }
        }
    }
    assert_eq!(sent, 3 * 19, "the table has 19 sensitive parameters");
    let metrics = stage.guard.probe("/metrics") + &stage.guard.probe("/readyz");
    let (directory, written) = stage.guard.into_everything_written();
    assert!(written.contains("MasterUserPassword"), "names are recorded");
    for (what, text) in [("files and logs", &written), ("metrics", &metrics)] {
        assert!(!text.contains(MARKER), "{what} show the marker: {:?}", around(text));
    }
    drop(directory);
}

fn around(text: &str) -> Option<&str> {
    let at = text.find(MARKER)?;
    text.get(at.saturating_sub(300)..(at + 60).min(text.len()))
}

#[tokio::test]
async fn no_signature_and_no_session_token_is_shown_either() {
    let stage = Stage::set(POLICY, &["RDS_GUARD_AUDIT__PARAMETERS=true", "RDS_GUARD_LOG=trace"]);
    let call = Call {
        host: HOST.into(),
        region: "us-east-1".into(),
        action: "DescribeDBInstances".into(),
        parameters: Vec::new(),
    };
    let request = call.sign(&stage.key, Placement::Header, OffsetDateTime::now_utc()).unwrap().request;
    let authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
    let signature = authorization.split("Signature=").nth(1).unwrap().to_owned();
    let bytes = stage.good().replace("authorization: ", &format!("x-amz-security-token: {MARKER}\r\nauthorization: "));
    exchange(&stage.guard, bytes.as_bytes()).await;
    exchange(&stage.guard, stage.good().as_bytes()).await;
    stage.guard.signal(Signal::HUP);
    let (_directory, written) = stage.guard.into_everything_written();
    assert!(!written.contains(MARKER), "{:?}", around(&written));
    assert!(!written.contains(&signature[..16]) && !written.contains("Signature="), "a signature is written somewhere");
}
