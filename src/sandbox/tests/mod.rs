//! Tests of the sandbox.

mod accounts;
mod calls;
mod captured;
mod xml;

use std::time::Duration;

use time::OffsetDateTime;

use super::{Call, Client, Key, Placement, Reply, Route, Sandbox, SandboxSettings, SecretAccessKey, SessionToken};

/// Long-lived credentials of account 123456789012.
fn lasting_key() -> Key {
    Key {
        access_key_id: "AKIASANDBOX000000001".parse().expect("well formed"),
        secret_access_key: SecretAccessKey::new("a secret of the tests"),
        session_token: None,
        account: "123456789012".parse().expect("twelve digits"),
    }
}

/// Temporary credentials of the same account.
fn temporary_key() -> Key {
    Key {
        access_key_id: "ASIASANDBOX000000002".parse().expect("well formed"),
        session_token: Some(SessionToken::new("a+token/of=the tests")),
        ..lasting_key()
    }
}

fn sandbox() -> Sandbox {
    Sandbox::start(SandboxSettings { keys: vec![lasting_key(), temporary_key()], ..SandboxSettings::default() })
        .expect("a port of loopback is free")
}

fn call(action: &str, parameters: &[(&str, &str)]) -> Call {
    Call {
        host: "rds.us-east-1.amazonaws.com".into(),
        region: "us-east-1".into(),
        action: action.into(),
        parameters: parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
    }
}

/// A client with its own runtime, for the tests.
struct Talk {
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Talk {
    fn with(sandbox: &Sandbox) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = Client::new(Route::Direct(sandbox.address()), sandbox.ca_pem()).expect("its authority");
        Self { runtime, client }
    }

    fn say(&mut self, signed: super::SignedRequest) -> Reply {
        self.runtime.block_on(self.client.send(signed)).expect("an answer")
    }

    fn ask(&mut self, action: &str, parameters: &[(&str, &str)]) -> Reply {
        self.say(signed(action, parameters))
    }
}

fn signed(action: &str, parameters: &[(&str, &str)]) -> super::SignedRequest {
    call(action, parameters).sign(&lasting_key(), Placement::Header, OffsetDateTime::now_utc()).expect("signable")
}

const MINUTE: Duration = Duration::from_secs(60);

const INSTANCE: [(&str, &str); 3] =
    [("DBInstanceIdentifier", "Orders"), ("Engine", "postgres"), ("DBInstanceClass", "db.t4g.micro")];
