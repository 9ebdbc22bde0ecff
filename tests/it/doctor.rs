//! `doctor`, as a user runs it to find out why calls are not guarded: each finding is provoked in a pod with one
//! defect, and a pod without defects has no findings.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    thread,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    cli::rds_guard,
    support::stage::{ALLOW_READS, DNS, HOST, Stage},
};

const DENY_ALL: &str = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"rds:*","Resource":"*"}]}"#;
const ALLOW_ALL: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
const UNDECIDABLE: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"rds:Describe*","Resource":"*",
    "Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}]}"#;

/// A pod with a proxy in it, and what its service would have in its environment and pass to `doctor`.
struct Pod {
    stage: Stage,
    folder: TempDir,
    variables: Vec<(String, String)>,
    flags: Vec<String>,
}

impl Pod {
    fn healthy() -> Self {
        let stage = Stage::set(ALLOW_READS, &[]);
        let folder = tempfile::tempdir().unwrap();
        let upstream = folder.path().join("upstream.pem");
        fs::write(&upstream, stage.sandbox.ca_pem()).unwrap();
        let trust = stage.guard.bundle().parent().unwrap().to_owned();
        let flags = vec![
            "--alone".to_owned(),
            format!("--listen={}", stage.guard.proxy),
            format!("--admin={}", stage.guard.admin),
            format!("--policy={ALLOW_READS}"),
            format!("--endpoint=us-east-1={DNS}"),
            resolve(DNS, stage.sandbox.address()),
            resolve(HOST, stage.sandbox.address()),
            format!("--upstream-ca={}", upstream.display()),
            format!("--trust={}", trust.display()),
        ];
        let variables = vec![
            ("HTTPS_PROXY".to_owned(), format!("http://{}", stage.guard.proxy)),
            ("NO_PROXY".to_owned(), "localhost,169.254.169.254,169.254.170.2,169.254.170.23".to_owned()),
            ("AWS_CA_BUNDLE".to_owned(), stage.guard.bundle().display().to_string()),
        ];
        Self { stage, folder, variables, flags }
    }

    /// The findings with these variables in place of the pod's own (an empty value removes one), and these flags (a
    /// flag replaces those with the same name, and one that ends with `=` only removes them).
    fn with(&self, variables: &[(&str, &str)], flags: &[&str]) -> (i32, Vec<String>) {
        let kept = |(name, _): &&(String, String)| variables.iter().all(|(other, _)| other != name);
        let mut all: Vec<(&str, &str)> =
            self.variables.iter().filter(kept).map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend(variables.iter().filter(|(_, value)| !value.is_empty()));
        let name = |flag: &str| flag.split('=').next().unwrap().to_owned();
        let kept = |flag: &&String| flags.iter().all(|other| name(other) != name(flag));
        let mut arguments = vec!["doctor", "--format=json"];
        arguments.extend(self.flags.iter().filter(kept).map(String::as_str));
        arguments.extend(flags.iter().filter(|flag| !flag.ends_with('=')));
        let run = rds_guard(self.folder.path(), &arguments, &all);
        assert!(run.code < 2, "{variables:?} {flags:?}: {}", run.stderr);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        assert!(findings.iter().all(|finding| !finding["remedy"].as_str().unwrap().is_empty()));
        let codes = findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect();
        (run.code, codes)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

fn resolve(name: &str, address: SocketAddr) -> String {
    format!("--resolve={name}:443:{}:{}", address.ip(), address.port())
}

/// An address where nothing listens.
fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A server that gives every client this answer.
fn answering(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut asked = [0; 1024];
            let _read = stream.read(&mut asked);
            let _written = stream.write_all(answer.as_bytes());
        }
    });
    address
}

/// Checks that `found` contains only `wanted`, in addition to the note that this test runs as the proxy's user.
fn assert_found(found: &(i32, Vec<String>), wanted: &str, what: &str) {
    let severe: Vec<&str> = found.1.iter().map(String::as_str).filter(|code| *code != "way-around-not-tried").collect();
    assert_eq!((found.0, severe), (1, vec![wanted]), "{what}");
}

#[test]
fn a_pod_where_nothing_is_wrong_has_no_findings() {
    let pod = Pod::healthy();
    assert_eq!(pod.with(&[], &[]), (0, vec!["way-around-not-tried".to_owned()]));
    let variables: Vec<(&str, &str)> = pod.variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let flags: Vec<&str> = ["doctor"].into_iter().chain(pod.flags.iter().map(String::as_str)).collect();
    let text = rds_guard(pod.folder.path(), &flags, &variables).stdout;
    assert!(text.contains("\n    remedy: run doctor as the service's user\n"), "{text}");
    assert!(text.ends_with("nothing is wrong: calls of these processes go through the proxy and reach the endpoint\n"));
}

#[test]
fn each_wrong_variable_is_found() {
    let pod = Pod::healthy();
    let proxy = format!("http://{}", pod.stage.guard.proxy);
    let tls = format!("https://{}", pod.stage.guard.proxy);
    let bare = pod.stage.guard.proxy.to_string();
    for (variables, wanted) in [
        (vec![("HTTPS_PROXY", "")], "proxy-variable-missing"),
        (vec![("HTTPS_PROXY", ""), ("ALL_PROXY", &*proxy)], "all-proxy-alone"),
        (vec![("HTTPS_PROXY", ""), ("https_proxy", &*proxy)], "proxy-variable-lower-case"),
        (vec![("https_proxy", "http://127.0.0.1:1")], "proxy-variables-differ"),
        (vec![("HTTPS_PROXY", &*tls)], "proxy-by-tls"),
        (vec![("HTTPS_PROXY", &*bare)], "proxy-without-scheme"),
        (vec![("HTTPS_PROXY", "http://proxy.example:8080")], "proxy-elsewhere"),
        (vec![("NO_PROXY", "amazonaws.com")], "no-proxy-covers-rds"),
        (vec![("NO_PROXY", "*.amazonaws.com")], "no-proxy-covers-rds"),
        (vec![("NO_PROXY", ".amazonaws.com")], "no-proxy-covers-rds"),
        (vec![("no_proxy", "localhost,rds.us-east-1.amazonaws.com")], "no-proxy-covers-rds"),
        (vec![("HTTP_PROXY", &*proxy), ("NO_PROXY", "localhost")], "credentials-through-proxy"),
    ] {
        assert_found(&pod.with(&variables, &[]), wanted, &format!("{variables:?}"));
    }
    // If another listener is enabled, the variable is not required.
    let listener = answering("");
    let (code, found) = pod.with(&[("HTTPS_PROXY", "")], &[&format!("--listen-transparent={listener}")]);
    assert_eq!((code, found.contains(&"proxy-variable-not-set".to_owned())), (0, true), "{found:?}");
    let (_, found) = pod.with(&[("HTTPS_PROXY", "")], &[&format!("--listen-direct={listener}")]);
    assert!(found.contains(&"name-not-led".to_owned()), "{found:?}");
}

#[test]
fn each_wrong_bundle_is_found() {
    let pod = Pod::healthy();
    let bare = pod.stage.guard.published("ca.pem").display().to_string();
    let foreign = pod.file("foreign.pem", pod.stage.sandbox.ca_pem()).display().to_string();
    for (variables, wanted) in [
        (vec![("AWS_CA_BUNDLE", "")], "trust-variable-missing"),
        (vec![("AWS_CA_BUNDLE", "/nowhere/bundle.pem")], "bundle-unreadable"),
        (vec![("AWS_CA_BUNDLE", &*foreign)], "bundle-without-authority"),
        (vec![("AWS_CA_BUNDLE", &*bare)], "bundle-without-public-roots"),
        (vec![("SSL_CERT_FILE", &*foreign)], "bundle-without-authority"),
        (vec![("NODE_EXTRA_CA_CERTS", &*foreign)], "bundle-without-authority"),
    ] {
        assert_found(&pod.with(&variables, &[]), wanted, &format!("{variables:?}"));
    }
    let (code, found) = pod.with(&[("NODE_EXTRA_CA_CERTS", &*bare)], &[]);
    assert_eq!((code, found.len()), (0, 1), "{found:?}: Node adds roots");
    assert_found(&pod.with(&[], &["--trust=/nowhere"]), "authority-not-published", "no folder");
}

#[test]
fn an_authority_that_ends_is_found() {
    let pod = Pod::healthy();
    for (days, wanted) in [(-1, "authority-ended"), (10, "authority-ends-soon")] {
        let mut parameters = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
        parameters.not_after = time::OffsetDateTime::now_utc() + time::Duration::days(days);
        let pem = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), &pem).unwrap();
        let bundle = folder.path().join("bundle.pem");
        fs::write(&bundle, fs::read_to_string(pod.stage.guard.bundle()).unwrap() + &pem).unwrap();
        let trust = format!("--trust={}", folder.path().display());
        let found = pod.with(&[("AWS_CA_BUNDLE", bundle.to_str().unwrap())], &[&trust]);
        assert_found(&found, wanted, &days.to_string());
    }
}

#[test]
fn a_proxy_that_is_away_and_policies_that_are_odd_are_found() {
    let pod = Pod::healthy();
    let closed = nobody();
    let (away, elsewhere) = (format!("--listen={closed}"), format!("http://{closed}"));
    let (_, found) = pod.with(&[("HTTPS_PROXY", &elsewhere)], &[&away]);
    // There is no proxy there, so the caller is not its user.
    assert_eq!(found, ["proxy-not-listening", "endpoint-around-proxy"]);
    assert_found(&pod.with(&[], &[&format!("--admin={closed}")]), "admin-silent", "admin");
    let draining = answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_found(&pod.with(&[], &[&format!("--admin={draining}")]), "proxy-not-ready", "readiness");
    for (flag, wanted) in [
        ("--mode=audit".to_owned(), "mode-audit"),
        ("--policy=".to_owned(), "policy-missing"),
        (format!("--policy={ALLOW_ALL}"), "policy-allows-everything"),
        (format!("--policy={DENY_ALL}"), "policy-denies-everything"),
        (format!("--policy={UNDECIDABLE}"), "policy-undecidable"),
    ] {
        assert_found(&pod.with(&[], &[&flag]), wanted, &flag);
    }
}

#[test]
fn endpoints_that_are_not_there_are_found() {
    let pod = Pod::healthy();
    let closed = nobody();
    let plain = answering("HTTP/1.1 400 Bad Request\r\n\r\n");
    let other = "vpce-0fedcba9876543210-dcba4321.rds.eu-west-1.vpce.example.com";
    let good = pod.stage.sandbox.address();
    let service = resolve(HOST, good);
    for (flags, wanted) in [
        (vec!["--endpoint=".to_owned()], "endpoint-missing"),
        (vec![resolve(DNS, closed), service.clone()], "endpoint-port-closed"),
        (vec![resolve(DNS, closed), resolve(DNS, good), service.clone()], "endpoint-address-down"),
        (vec![resolve(DNS, plain), service.clone()], "endpoint-certificate"),
        // The sandbox has certificates for AWS's names only.
        (
            vec![
                format!("--endpoint=eu-west-1={other}"),
                resolve(other, plain),
                resolve("rds.eu-west-1.amazonaws.com", closed),
            ],
            "endpoint-certificate",
        ),
    ] {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        assert_found(&pod.with(&[], &flags), wanted, &format!("{flags:?}"));
    }
}

#[test]
fn with_the_broker_ways_to_other_credentials_are_found() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let broker = listener.local_addr().unwrap();
    let pod = Pod::healthy();
    let token = pod.file("token", "a-token-of-some-length");
    let broker_section = format!("[broker]\nlisten = \"{broker}\"\ntoken_file = \"{}\"\n", token.display());
    let config = format!("--config={}", pod.file("rds-guard.toml", &broker_section).display());
    let metadata = answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
    let (metadata, nowhere) = (format!("http://{metadata}/"), format!("http://{}", nobody()));
    let (uri, token) = (format!("http://{broker}/v1/credentials"), token.display().to_string());
    let asks = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*uri),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &*token),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*nowhere),
    ];
    let with = |changes: &[(&'static str, &str)]| {
        let kept = |(name, _): &&(&str, &str)| changes.iter().all(|(other, _)| other != name);
        let variables: Vec<(&str, &str)> = asks.iter().filter(kept).chain(changes).copied().collect();
        pod.with(&variables, &[&config])
    };
    assert_eq!(with(&[]).0, 0, "{:?}", with(&[]));
    for (change, wanted) in [
        (("AWS_SECRET_ACCESS_KEY", "x"), "credentials-in-environment"),
        (("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token"), "credentials-in-environment"),
        (("AWS_CONTAINER_CREDENTIALS_FULL_URI", ""), "broker-not-named"),
        (("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"), "credentials-elsewhere"),
        (("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", ""), "broker-token-missing"),
        (("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*metadata), "metadata-reachable"),
    ] {
        assert_found(&with(&[change]), wanted, &format!("{change:?}"));
    }
    // The plain listener, which needs the broker, can only be found by a variable.
    let plain = answering("").to_string();
    let by_endpoint = |url: &str| {
        let own = [("HTTPS_PROXY", ""), ("AWS_ENDPOINT_URL_RDS", url)];
        let variables: Vec<(&str, &str)> = asks.iter().chain(&own).copied().collect();
        pod.with(&variables, &[&config, &format!("--listen-endpoint={plain}")])
    };
    for wrong in ["", "http://127.0.0.1:1", "https://rds.us-east-1.amazonaws.com"] {
        assert_found(&by_endpoint(wrong), "endpoint-url-missing", wrong);
    }
    let (code, found) = by_endpoint(&format!("http://{plain}/"));
    assert_eq!((code, found.contains(&"proxy-variable-not-set".to_owned())), (0, true), "{found:?}");
}

#[test]
fn another_process_without_the_variables_is_found() {
    let pod = Pod::healthy();
    let mut sleep = std::process::Command::new("sleep");
    let mut child = sleep.arg("600").env_clear().env("AWS_REGION", "us-east-1").spawn().unwrap();
    let (code, mut found) = pod.with(&[], &[&format!("--pid={}", child.id())]);
    found.sort();
    assert_eq!(code, 1);
    // It runs as the user of this test, who is also the proxy's.
    assert_eq!(
        found,
        ["proxy-variable-missing", "service-as-proxys-user", "trust-variable-missing", "way-around-not-tried"]
    );
    // Also among all others; what else runs on this machine is unknown here.
    let all = pod.flags.iter().map(String::as_str).filter(|flag| *flag != "--alone");
    let all: Vec<&str> = ["doctor"].into_iter().chain(all).collect();
    let variables: Vec<(&str, &str)> = pod.variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let run = rds_guard(pod.folder.path(), &all, &variables);
    let told = format!("error[proxy-variable-missing] process {} (sleep) has no HTTPS_PROXY", child.id());
    assert!(run.code == 1 && run.stdout.contains(&told), "{}", run.stdout);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_cannot_be_looked_at_is_said_with_the_exit_code_for_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let gone = rds_guard(folder, &["doctor", "--pid", "4194304"], &[]);
    assert_eq!(gone.code, 3);
    assert!(gone.stderr.starts_with("rds-guard: the environment of process 4194304 cannot be read\n"));
    let wrong = rds_guard(folder, &["doctor", "--mode", "sideways"], &[]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
}

#[test]
fn every_finding_of_the_page_is_provoked_by_a_test() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(project.join(name)).unwrap();
    let page = read("docs/doctor.md");
    let found: Vec<&str> = page.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0)).collect();
    let tests = read("tests/it/doctor.rs") + &read("tests/it/pod/doctor.rs");
    let missing: Vec<_> = found.iter().filter(|code| !tests.contains(&format!("\"{code}\""))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(found.len() >= 40, "{found:?}");
}
