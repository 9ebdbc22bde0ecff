//! What the program says to those who do something wrong: answers, records, logs, and complaints at the start.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

use crate::{
    bad_input::misdeeds,
    cli::rds_guard,
    support::{
        guard::Guard,
        stage::{ALLOW_READS, HOST, Stage, connect, exchange},
    },
};

/// Everything that is said, as one text.
pub(super) async fn everything() -> String {
    let mut told = calls().await;
    told.push_str(&starts());
    told.replace('`', "").replace("&gt;", ">")
}

/// Ends a proxy, and gives what it recorded and logged.
fn written(stage: Stage) -> String {
    stage.guard.into_everything_written().1.replace("\\\"", "\"").replace("\\\\", "\\")
}

/// Bodies that have more than one reading, or none.
const BODIES: [&str; 21] = [
    "Action=9&Version=2014-10-31",
    "Action=StopDBInstance&Version=2014-10-31",
    "Action=DescribeDBInstances&Version=2013-01-01",
    "Action=StopDBInstance&Version=2014-10-31&dbinstanceidentifier=x",
    "Action=StopDBInstance&Version=2014-10-31&DBInstanceIdentifier=a*b",
    "Action=ListTagsForResource&Version=2014-10-31&ResourceName=x",
    "Action=DeleteDBInstance&Version=2014-10-31&DBInstanceIdentifier=x&SkipFinalSnapshot=TRUE",
    "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=x&Engine=postgres&DBInstanceClass=db.x&StorageThroughput=ten",
    "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=x&Engine=postgres&DBInstanceClass=db.x&AllocatedStorage=ten",
    "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=x&Engine=postgres&DBInstanceClass=db.x&Iops=ten",
    "Action=CopyDBSnapshot&Version=2014-10-31&SourceDBSnapshotIdentifier=x&TargetDBSnapshotIdentifier=y&PreSignedUrl=z",
    "Action=AddTagsToResource&Version=2014-10-31&ResourceName=arn:aws:rds:us-east-1:123456789012:db:x&Tags.Tag.1.Key=a&Tags.Tag.1.Value=1&Tags.Tag.2.Key=a&Tags.Tag.2.Value=2",
    "Action=Nonsense&Version=2014-10-31",
    "Action=DescribeDBInstances&Version=2014-10-31&A=%",
    "Action=DescribeDBInstances",
    "Version=2014-10-31",
    "Action=DescribeDBInstances&Version=2014-10-31&AWSAccessKeyId=x",
    "Action=StopDBInstance&Version=2014-10-31&DBInstanceIdentifier=",
    "Action=DescribeDBInstances&Version=2014-10-31&MaxRecords=9999999999",
    "Action=DescribeDBInstances&Version=2014-10-31&Filters.member.1.Name=x&Filters.Filter.2.Name=x",
    "Action=DescribeDBInstances&Version=2014-10-31&Filters=&Filters.Filter.1.Name=x",
];

/// Names and values.
type Pairs = &'static [(&'static str, &'static str)];

/// A policy, further arguments of the proxy, and a call that it refuses: action and parameters.
type Refusing = (&'static str, &'static [&'static str], &'static str, Pairs);

const POLICIES: [Refusing; 7] = [
    (ALLOW_READS, &[], "StopDBInstance", &[("DBInstanceIdentifier", "orders")]),
    (
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:rds:*:*:db:*"}}"#,
        &["--principal", "arn:aws:iam::123456789012:role/Orders"],
        "CreateDBInstance",
        &[("DBInstanceIdentifier", "orders"), ("Engine", "postgres"), ("DBInstanceClass", "db.t4g.micro")],
    ),
    (
        r#"{"Statement": {"Sid": "Never", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}"#,
        &[],
        "DescribeDBInstances",
        &[],
    ),
    (
        r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}"#,
        &[],
        "DescribeDBInstances",
        &[],
    ),
    (
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/team": "x"}}}}"#,
        &[],
        "StopDBInstance",
        &[("DBInstanceIdentifier", "orders")],
    ),
    (ALLOW_READS, &["RDS_GUARD_IDENTITY__REQUIRE=known"], "DescribeDBInstances", &[]),
    (ALLOW_READS, &["RDS_GUARD_DECODE__UNKNOWN_ACTIONS=deny"], "Nonsense", &[]),
];

async fn calls() -> String {
    let stage = Stage::set(
        ALLOW_READS,
        &["--listen-direct", "127.0.0.1:0", "RDS_GUARD_LIMITS__HEAD_TIME=1s", "RDS_GUARD_LIMITS__BODY_TIME=1s"],
    );
    let mut told = String::new();
    for (_, bytes, ..) in misdeeds(&stage) {
        told.push_str(&exchange(&stage.guard, bytes.as_bytes()).await);
    }
    for bytes in unsigned().into_iter().chain(signatures(&stage)) {
        told.push_str(&exchange(&stage.guard, bytes.as_bytes()).await);
    }
    for host in ["rds.eu-west-1.amazonaws.com", "rds-fips.us-west-2.amazonaws.com", FOREIGN] {
        told.push_str(&stage.exchange_with(host, stage.good().replace(HOST, host).as_bytes()).await);
    }
    told.push_str(&stage.open("POST / HT").await);
    let half = stage.good();
    told.push_str(&stage.open(&half[..half.len() - 1]).await);
    for (target, first) in lines() {
        told.push_str(&spoken(if target == "direct" { stage.guard.direct[0] } else { stage.guard.proxy }, &first));
    }
    told.push_str(&distrusting(&stage.guard).await);
    told.push_str(&written(stage));
    told.push_str(&tunnels());
    for (policy, arguments, action, parameters) in POLICIES {
        let stage = Stage::set(policy, arguments);
        told.push_str(&exchange(&stage.guard, stage.signed("us-east-1", action, parameters).as_bytes()).await);
        told.push_str(&written(stage));
    }
    told
}

/// A client that trusts nobody, and one whose TLS names another server than its CONNECT.
async fn distrusting(guard: &Guard) -> String {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut told = String::new();
    for name in [HOST, "rds.eu-west-1.amazonaws.com"] {
        let (stream, _) = connect(guard.proxy, &format!("{HOST}:443")).await;
        let error = connector.connect(ServerName::try_from(name).unwrap(), stream).await.unwrap_err();
        told.push_str(&format!("{error}\n"));
    }
    let (mut stream, _) = connect(guard.proxy, &format!("{HOST}:443")).await;
    stream.write_all(b"\x16\x03\x01\x02\x00\x01").await.unwrap();
    drop(stream);
    // It is recorded when the proxy has seen that it is gone.
    let is_told = |record: &Value| record.to_string().contains("closed the connection before");
    let began = Instant::now();
    while !guard.records_so_far().iter().any(is_told) && began.elapsed().as_secs() < 60 {
        tokio::task::yield_now().await;
    }
    told
}

/// Connections to other hosts that come to nothing.
fn tunnels() -> String {
    let ask = |stage: &Stage, target: &str, more: &str| {
        spoken(stage.guard.proxy, &format!("CONNECT {target} HTTP/1.1\r\n\r\n{more}"))
    };
    let narrow =
        ["RDS_GUARD_TUNNEL__DEFAULT=deny", "RDS_GUARD_TUNNEL__IP_LITERALS=deny", "--listen-transparent", "127.0.0.1:0"];
    let stage = Stage::set(ALLOW_READS, &narrow);
    let mut told = ask(&stage, "web.example:443", "") + &ask(&stage, "192.0.2.1:443", "");
    told.push_str(&spoken(stage.guard.transparent[0], "GET / HTTP/1.1\r\n\r\n"));
    told.push_str(&written(stage));

    let upstream = corporate();
    let variable = format!("RDS_GUARD_UPSTREAM__PROXY=http://{upstream}");
    let stage =
        Stage::set(ALLOW_READS, &[&variable, "RDS_GUARD_TUNNEL__PLAIN_HTTP=true", "RDS_GUARD_UPSTREAM__CONNECT=500ms"]);
    for target in ["forbidden.example:443", "stranger.example:443", "silent.example:443"] {
        told.push_str(&ask(&stage, target, ""));
    }
    told.push_str(&ask(&stage, "open.example:443", "\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}\u{0}\u{0}\u{1}\u{0}"));
    told.push_str(&spoken(stage.guard.proxy, "GET http://twice.example/ HTTP/1.1\r\nHost: x\r\n\r\n"));
    told.push_str(&written(stage));

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let stage = Stage::set(ALLOW_READS, &[&format!("RDS_GUARD_UPSTREAM__PROXY=http://{closed}")]);
    told.push_str(&ask(&stage, "web.example:443", ""));
    told + &written(stage)
}

/// A proxy between this one and the world, that answers by the name it is asked for.
fn corporate() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let mut asked = [0; 512];
            let length = stream.read(&mut asked).unwrap_or(0);
            let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
            let answer = match asked.split(' ').nth(1).unwrap_or_default() {
                name if name.contains("forbidden") => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
                name if name.contains("stranger") => {
                    "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
                }
                name if name.contains("open") || name.contains("twice") => "HTTP/1.1 200 OK\r\n\r\n",
                _ => "",
            };
            let _ = stream.write_all(answer.as_bytes());
            if asked.contains("twice") {
                let _ = stream.read(&mut [0; 512]);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
            }
            kept.push(stream);
        }
    });
    address
}

/// An endpoint that nobody configured.
const FOREIGN: &str = "vpce-0123456789abcdef1-abcd1234.rds.us-east-1.vpce.amazonaws.com";

fn unsigned() -> Vec<String> {
    let request = |target: &str, body: &str| {
        let form = "Content-Type: application/x-www-form-urlencoded";
        format!("POST {target} HTTP/1.1\r\nHost: {HOST}\r\n{form}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let many: String = (0..101).map(|n| format!("X-{n}: a\r\n")).collect();
    let mut all: Vec<String> = BODIES.iter().map(|body| request("/", body)).collect();
    all.push(request("/?Action=DescribeDBInstances&Version=2014-10-31", "MaxRecords=20"));
    all.push(format!("POST / HTTP/1.1\r\nHost: {HOST}\r\n{many}\r\n"));
    all.push(request(
        "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0",
        "Action=DescribeDBInstances&Version=2014-10-31",
    ));
    all
}

/// A good call with a signature that is wrong in one way each.
fn signatures(stage: &Stage) -> Vec<String> {
    let good = stage.good();
    let (head, body) = good.split_once("\r\n\r\n").unwrap();
    let day = head.to_lowercase().split_once("x-amz-date: ").unwrap().1[..8].to_owned();
    let signed = |names: &str, line: &str| {
        let head = head.replace(";x-amz-date", &format!(";{names};x-amz-date"));
        format!("{head}\r\n{line}\r\n\r\n{body}")
    };
    vec![
        good.replace(&day, "20200101"),
        good.replace(&day, "20400101"),
        signed("x-amz-content-sha256", &format!("x-amz-content-sha256: {}", "0".repeat(64))),
        signed("x-amz-content-sha256", "x-amz-content-sha256: UNSIGNED-PAYLOAD"),
        signed("x-amz-absent", "x: y"),
        good.replace("AWS4-HMAC-SHA256", "AWS9"),
        good.replace("Credential=AKIA", "Credential=test/AKIA"),
    ]
}

/// First bytes of connections to the proxy, and to its direct listener.
fn lines() -> Vec<(&'static str, String)> {
    let connect = |target: &str| ("proxy", format!("CONNECT {target} HTTP/1.1\r\n\r\n"));
    vec![
        connect("rds.us-east-1.amazonaws.com:80"),
        connect("rds.us-east-1.amazonaws.com"),
        connect("rds.nowhere.amazonaws.com:443"),
        connect("127.0.0.1:22"),
        connect("169.254.169.254:80"),
        connect("nobody.invalid:443"),
        connect("::1:443"),
        connect("a b:443"),
        ("proxy", "GET / HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        ("proxy", "GET http://rds.us-east-1.amazonaws.com/ HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        ("proxy", "GET http://web.example/ HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        ("proxy", "PUT / HTTP/9\r\n\r\n".into()),
        ("proxy", "GET ftp://web.example/ HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        ("proxy", "\u{16}\u{3}\u{1}\u{0}\u{5}hello".into()),
        ("proxy", "CONNECT slow.example:443 HT".into()),
        ("direct", "GET / HTTP/1.1\r\nHost: x\r\n\r\n".into()),
    ]
}

fn spoken(address: SocketAddr, first: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(first.as_bytes()).unwrap();
    // What the proxy waits for longer is told in its record.
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let mut answer = Vec::new();
    // A connection that is reset has said what it has.
    let _ = stream.read_to_end(&mut answer);
    format!("{}\n", String::from_utf8_lossy(&answer))
}

/// What is said to somebody whose start is wrong, or weak.
fn starts() -> String {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    prepare(folder.path());
    let endpoint = "eu-west-1=vpce-0a1b2c3d4e5f60718-a1b2c3d4.rds.eu-west-1.vpce.amazonaws.com";
    let attempts: [(&[&str], Pairs); 12] = [
        (&["run", "--policy", "gone.json"], &[]),
        (&["run", "--policy", "bad.json", "--check"], &[]),
        (&["run", "--require-enforce", "--mode", "audit", "--check"], &[]),
        (&["run", "--require-enforce", "--check"], &[]),
        (&["run", "--require-enforce", "--policy", "all.json", "--check"], &[]),
        (&["run", "--listen", &address, "--admin", "off"], &[]),
        (&["run", "--listen", "127.0.0.1:0", "--admin", "off", "--ca-dir", "open"], &[]),
        (&["run", "--check", "--mode", "audit", "--endpoint", endpoint, "--policy", "tagged.json"], &[]),
        (&["run", "--check", "--admin", "0.0.0.0:9901"], &[("RDS_GUARD_ROUTING__UNMAPPED", "public")]),
        (&["run", "--check"], &[("RDS_GUARD_POLICY_OPTIONS__UNDETERMINED", "defer")]),
        (&["run", "--check"], &[("RDS_GUARD_DECODE__DEPENDENT_ACTIONS", "ignore")]),
        (&["run", "--check", "--principal", "arn:aws:iam::123456789012:role/Orders"], &[]),
    ];
    let said = attempts.iter().map(|(arguments, variables)| {
        let run = rds_guard(folder.path(), arguments, variables);
        format!("{}{}\n", run.stdout, run.stderr)
    });
    said.collect()
}

fn prepare(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    write("bad.json", r#"{"Statement": []}"#);
    write("all.json", r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#);
    write(
        "tagged.json",
        r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, {"Effect": "Deny", "Principal": "*", "Action": "*",
            "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/a": "b"}}}, {"Effect": "Deny", "Principal": "*",
            "Action": "rds:DeleteDBInstance", "Resource": "arn:aws:rds:*:*:db/orders"}]}"#,
    );
    fs::create_dir(folder.join("open")).unwrap();
    fs::set_permissions(folder.join("open"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.join("open/ca.key"), "x").unwrap();
}
