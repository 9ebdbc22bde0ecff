//! A proxy with a broker in front of a sandbox that knows the real key only.

use std::path::Path;

use rds_guard::sandbox::Key;
use serde_json::Value;

use super::{
    calls::{ask, for_credentials, key_of},
    guard::Guard,
    stage::Stage,
};

/// The proxy's own credentials, which the service knows.
pub(crate) const REAL: (&str, &str) = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
/// The broker's common token.
pub(crate) const TOKEN: &str = "a-token-for-the-tests-0451";
/// The principal of its callers.
pub(crate) const PRINCIPAL: &str = "arn:aws:iam::123456789012:role/orders";
/// The session of that role as which they call.
pub(crate) const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/orders/rds-guard";
/// Allows reading and copying to that session only.
pub(crate) const POLICY: &str = r#"{"Statement":[{"Effect":"Allow","Resource":"*","Action":["rds:Describe*","rds:CopyDBSnapshot"],
    "Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/orders/rds-guard"}}]}"#;

/// The variables that give a proxy its own credentials. No STS is reachable: principals are the configured ones.
pub(crate) fn own_credentials() -> [String; 3] {
    [
        format!("AWS_ACCESS_KEY_ID={}", REAL.0),
        format!("AWS_SECRET_ACCESS_KEY={}", REAL.1),
        "AWS_ENDPOINT_URL_STS=http://127.0.0.1:9".into(),
    ]
}

pub(crate) fn stage(folder: &Path, arguments: &[&str]) -> Stage {
    stage_under(POLICY, folder, arguments)
}

pub(crate) fn stage_under(policy: &str, folder: &Path, arguments: &[&str]) -> Stage {
    let token = folder.join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let token = format!("RDS_GUARD_BROKER__TOKEN_FILE={}", token.display());
    let own = own_credentials();
    let mut all: Vec<&str> = own.iter().map(String::as_str).collect();
    all.extend([token.as_str(), "RDS_GUARD_BROKER__LISTEN=127.0.0.1:0", "--principal", PRINCIPAL]);
    all.extend(arguments);
    Stage::set(policy, &all)
}

/// The broker's answer to a client with this token.
pub(crate) fn fetch(guard: &Guard, path: &str, token: Option<&str>) -> (u16, Value) {
    let (status, body) = ask(guard.address("broker"), &for_credentials(path, token));
    (status, serde_json::from_str(&body).unwrap())
}

/// The key that the broker currently issues.
pub(crate) fn local_key(guard: &Guard) -> Key {
    let (status, document) = fetch(guard, "/v1/credentials", Some(TOKEN));
    assert_eq!(status, 200, "{document}");
    key_of(&document)
}
