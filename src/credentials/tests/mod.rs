//! Tests each source against a real local server of its kind.

mod files;
mod keeping;
mod processes;
mod server;
mod sources;

use std::time::Duration;

use super::{Chain, Credentials, Environment, Error, Settings};
use server::Server;

/// Settings for a chain that sees these variables and nothing else of this machine.
fn settings(variables: &[(&str, &str)]) -> Settings {
    let mut all = vec![("AWS_EC2_METADATA_DISABLED", "true")];
    all.extend(variables);
    Settings {
        limit: Duration::from_millis(500),
        process_limit: Duration::from_secs(20),
        ..Settings::new(Environment::new(all))
    }
}

/// The result of a chain that sees these variables.
async fn found(variables: &[(&str, &str)]) -> Result<Credentials, Error> {
    Chain::new(settings(variables)).credentials().await
}

/// The parts that identify credentials.
fn told(credentials: &Credentials) -> (&str, &str, Option<&str>) {
    let token = credentials.secret.session_token.as_ref();
    let secret = credentials.secret.secret_access_key.reveal();
    (credentials.access_key_id.as_str(), secret, token.map(|token| token.reveal()))
}

const DOCUMENT: &str = r#"{"Code":"Success","AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"secret-1",
    "Token":"token-1","Expiration":"2099-01-01T00:00:00Z","RoleArn":"arn:aws:iam::123456789012:role/path/own"}"#;

fn sts_answer(action: &str, id: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>\
         <AccessKeyId>{id}</AccessKeyId><SecretAccessKey>secret-2</SecretAccessKey><SessionToken>token-2</SessionToken>\
         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></{action}Result></{action}Response>"
    )
}
