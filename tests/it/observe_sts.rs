//! Principals learnt from answers of STS: a pod with a proxy in it, STS and an endpoint in the world beyond.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
};

use rds_guard::sandbox::{Key, Placement, Sandbox, SandboxSettings, SecretAccessKey, SessionToken};
use rustls::pki_types::ServerName;

use crate::support::{
    calls::{self, bytes, forged},
    front::Front,
    guard::{Endpoint, Guard},
    space::{Spaces, relay},
    stage::{DNS, HOST, trusting},
    sts::{self, Sts},
};

const STS: &str = "sts.us-east-1.amazonaws.com";
/// Of the old generation: the id says no account, so only STS's answer can tell whose it is.
const KEY: (&str, &str, &str) = ("ASIAIOSFODNN7EXAMPLE", "a-session's-secret", "a-session's-token");
/// For one session, and only where a session tag says so.
const POLICY: &str = r#"{"Statement":[{"Effect":"Allow","Action":"rds:Describe*","Resource":"*",
    "Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/app/pod-1"},
    "Condition":{"StringEquals":{"aws:PrincipalTag/team":"orders"}}}]}"#;

/// What STS says: a session of that key.
fn given() -> String {
    let user = "<AssumedRoleUser><AssumedRoleId>AROA:pod-1</AssumedRoleId>\
                <Arn>arn:aws:sts::123456789012:assumed-role/app/pod-1</Arn></AssumedRoleUser>";
    sts::given("AssumeRole", user, KEY)
}

/// Sends bytes to a host through the proxy, and reads all that comes back.
fn say(guard: &Guard, host: &str, bytes: &str) -> String {
    let mut socket = TcpStream::connect(guard.proxy).unwrap();
    write!(socket, "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").unwrap();
    let mut answer = [0; b"HTTP/1.1 200 Connection established\r\n\r\n".len()];
    socket.read_exact(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", answer.escape_ascii());
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let mut session = rustls::ClientConnection::new(Arc::new(trusting(guard)), name).unwrap();
    let mut stream = rustls::Stream::new(&mut session, &mut socket);
    stream.write_all(bytes.as_bytes()).unwrap();
    stream.conn.send_close_notify();
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    String::from_utf8(heard).unwrap()
}

fn describe(key: &Key) -> String {
    bytes(&calls::describe(HOST), key, Placement::Header)
}

#[test]
fn a_session_that_sts_was_seen_to_give_is_judged_as_that_session() {
    let Some(spaces) = Spaces::join() else { return };
    let key = Key {
        access_key_id: KEY.0.parse().unwrap(),
        secret_access_key: SecretAccessKey::new(KEY.1),
        session_token: Some(SessionToken::new(KEY.2)),
        account: "123456789012".parse().unwrap(),
    };
    let (sandbox, front) = spaces.world.within(|| {
        let settings = SandboxSettings { keys: vec![key.clone()], ..SandboxSettings::default() };
        let (sandbox, front) = (Sandbox::start(settings).unwrap(), Front::start(&[STS], Sts::start(&given()).address));
        relay("10.97.0.2:443".parse().unwrap(), sandbox.address());
        relay("10.97.0.4:443".parse().unwrap(), front.address);
        (sandbox, front)
    });
    let roots = format!("{}{}", sandbox.ca_pem(), front.ca_pem);
    let resolve = format!("{STS}:443:10.97.0.4");
    let arguments = ["--resolve", &resolve, "RDS_GUARD_IDENTITY__OBSERVE_STS=true", "RDS_GUARD_LOG=trace"];
    let endpoint = Endpoint { region: "us-east-1", dns: DNS, address: "10.97.0.2:443".parse().unwrap() };
    let guard = spaces.pod.within(|| Guard::start_with(POLICY, &[endpoint], &roots, &arguments));

    let before = spaces.pod.within(|| say(&guard, HOST, &describe(&key)));
    assert!(before.contains("AccessDenied") && before.contains("of an unknown account"), "{before}");
    let form =
        format!("Action=AssumeRole&{}&Tags.member.1.Key=team&Tags.member.1.Value=orders", sts::role("app", "pod-1"));
    let request = sts::asked(STS, "AKIAI44QH8DHBEXAMPLE", &form);
    let given = spaces.pod.within(|| say(&guard, STS, &request));
    assert!(given.starts_with("HTTP/1.1 200 OK") && given.contains(KEY.1), "{given}");
    let after = spaces.pod.within(|| say(&guard, HOST, &describe(&key)));
    assert!(after.starts_with("HTTP/1.1 200"), "{after}");
    let wrong = spaces.pod.within(|| say(&guard, HOST, &describe(&forged(&key))));
    assert!(wrong.contains("SignatureDoesNotMatch"), "{wrong}");
    assert_eq!(sandbox.requests(), 1);

    let (_directory, written) = guard.into_everything_written();
    assert!(written.contains("assumed-role/app/pod-1") && written.contains("\"trust\":\"verified\""), "{written}");
    assert!(!written.contains(KEY.1) && !written.contains(KEY.2), "a secret of STS's answer is written somewhere");
}
