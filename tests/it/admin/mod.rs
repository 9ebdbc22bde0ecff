//! The admin listener as used by a person, a program and another site's page.

mod flood;
mod page;
mod policy_findings;

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::stage::{HOST, Stage, exchange};

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "Reads", "Effect": "Allow", "Principal": "*", "Action": "rds:Describe*", "Resource": "*"},
    {"Effect": "Deny", "Principal": "*", "Action": "rds:DeleteDBInstance", "Resource": "*"},
    {"Sid": "Unused <b>", "Effect": "Allow", "Principal": "*", "Action": "rds:CreateDBSnapshot", "Resource": "*"}
]}"#;

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

fn ask(admin: SocketAddr, method: &str, target: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(admin).unwrap();
    write!(stream, "{method} {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
    Answer { status: head[9..12].parse().unwrap(), head: head.to_owned(), body: body.to_owned() }
}

/// The answer to a person or a program on this host.
fn get(stage: &Stage, target: &str) -> Answer {
    ask(stage.guard.admin, "GET", target, "Host: localhost:9901\r\n")
}

fn shown(stage: &Stage, target: &str) -> Value {
    let answer = get(stage, target);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{}", answer.body);
    answer.json()
}

/// The displayed decisions, once there are this many calls: they are recorded concurrently with the calls.
fn decisions(stage: &Stage, calls: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = shown(stage, "/api/decisions?kind=rds&limit=500")["decisions"].as_array().unwrap().clone();
        if found.len() >= calls {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{found:?}");
    }
}

async fn call(stage: &Stage, action: &str, parameters: &[(&str, &str)]) -> String {
    exchange(&stage.guard, stage.signed("us-east-1", action, parameters).as_bytes()).await
}

#[tokio::test]
async fn what_is_shown_is_what_the_log_has() {
    let stage = Stage::set(POLICY, &[]);
    for _ in 0..3 {
        call(&stage, "DescribeDBInstances", &[]).await;
    }
    for name in ["orders", "billing"] {
        call(&stage, "DeleteDBInstance", &[("DBInstanceIdentifier", name)]).await;
    }
    call(&stage, "StopDBInstance", &[("DBInstanceIdentifier", "orders")]).await;
    call(&stage, "MadeUpByNobody", &[]).await;

    let mut found = decisions(&stage, 7);
    let (denied, allowed) = (
        shown(&stage, "/api/decisions?decision=deny"),
        shown(&stage, "/api/decisions?decision=allow&limit=2&kind=rds"),
    );
    let of_action = shown(&stage, "/api/decisions?action=stopdbinstance");
    let statements = shown(&stage, "/api/statements");
    let actions = shown(&stage, "/api/actions");
    let records: Vec<Value> = stage.guard.into_records().into_iter().filter(|record| record["kind"] == "rds").collect();

    found.reverse();
    assert_eq!(found, records, "the same lines, the newest first");
    assert_eq!(denied["decisions"].as_array().unwrap().len(), 4);
    assert_eq!(allowed["decisions"], json!([records[2], records[1]]));
    assert_eq!(of_action["decisions"], json!([records[5]]));

    let policy = &statements["policies"][0];
    assert_eq!((&policy["applies_to"], statements["policies"].as_array().unwrap().len()), (&json!(["all"]), 1));
    let mut counted = BTreeMap::new();
    for record in records.iter().filter(|record| !record["statement"].is_null()) {
        assert_eq!((&record["statement"]["policy"], &record["policy_version"]), (&policy["name"], &policy["version"]));
        let place = record["statement"]["index"].as_u64().unwrap();
        *counted.entry((place, record["decision"].as_str().unwrap().to_owned())).or_insert(0_u64) += 1;
    }
    let of = |place, decision: &str| counted.get(&(place, decision.to_owned())).copied().unwrap_or_default();
    for (place, statement) in (0_u64..).zip(policy["statements"].as_array().unwrap()) {
        assert_eq!(statement["index"], place);
        assert_eq!(statement["allow"], of(place, "allow"), "{statement}");
        assert_eq!(statement["deny"], of(place, "deny"), "{statement}");
    }
    let unused = &policy["statements"][2];
    assert_eq!((&unused["last"], &unused["sid"], &unused["line"]), (&Value::Null, &"Unused <b>".into(), &4.into()));
    let actions: BTreeMap<&str, (u64, u64)> = actions["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (a["action"].as_str().unwrap(), (a["allow"].as_u64().unwrap(), a["deny"].as_u64().unwrap())))
        .collect();
    let wanted = [
        ("other", (0, 1)),
        ("rds:DeleteDBInstance", (0, 2)),
        ("rds:DescribeDBInstances", (3, 0)),
        ("rds:StopDBInstance", (0, 1)),
    ];
    assert_eq!(actions, BTreeMap::from(wanted));
}

#[tokio::test]
async fn the_page_shows_it_and_nothing_that_a_request_brings_is_markup() {
    let stage = Stage::set(POLICY, &["--principal", "arn:aws:iam::123456789012:role/Orders"]);
    let script = "<script>alert(1)</script>";
    call(&stage, "DeleteDBInstance", &[("DBInstanceIdentifier", script)]).await;
    call(&stage, "DeleteDBInstance", &[("DBInstanceIdentifier", "a"), ("<img src=x onerror=alert(2)>", "1")]).await;
    call(&stage, "Delete<svg onload=alert(3)>", &[]).await;
    call(&stage, "DescribeDBInstances", &[("DBInstanceIdentifier", "\"><script>alert(4)</script>")]).await;
    decisions(&stage, 4);
    let page = get(&stage, "/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.body.contains("db:&lt;script&gt;alert(1)&lt;/script&gt;"), "{}", page.body);
    assert!(page.body.contains("arn:aws:iam::123456789012:role/Orders"));
    assert!(page.body.contains("“Unused &lt;b&gt;”"));
    assert!(page.body.contains("never used"));
    let lower = page.body.to_lowercase();
    for markup in ["<script>alert", "<img", "<svg", "<b>", "\"><script>alert"] {
        assert!(!lower.contains(markup), "{markup}: {}", page.body);
    }
    assert_eq!(lower.matches("<script").count(), 1, "its own");
    assert!(!lower.contains("http://") && !lower.contains("https://") && !lower.contains(" style="));
    // A filter that is not an action is shown as text too.
    let narrow = get(&stage, "/?action=%3Cscript%3Ealert(5)%3C/script%3E");
    assert!(narrow.body.contains("&lt;script&gt;alert(5)") && !narrow.body.contains("<script>alert(5)"));
}

#[tokio::test]
async fn nothing_shown_holds_a_secret() {
    let stage = Stage::set(POLICY, &["RDS_GUARD_AUDIT__PARAMETERS=true"]);
    let secret = "correct-horse-battery";
    let parameters = [("DBInstanceIdentifier", "orders"), ("MasterUserPassword", secret)];
    call(&stage, "ModifyDBInstance", &parameters).await;
    decisions(&stage, 1);
    for target in ["/", "/api/decisions", "/api/status", "/api/statements", "/api/actions", "/api/policies"] {
        let answer = get(&stage, target);
        assert!(answer.status == 200 && !answer.body.contains(secret), "{target}: {}", answer.body);
        assert!(!answer.body.contains("Signature=") && !answer.body.contains("wJalrXUtnFEMI"), "{target}");
    }
}

#[tokio::test]
async fn another_text_of_a_policy_is_counted_anew() {
    let stage = Stage::set(POLICY, &[]);
    call(&stage, "DescribeDBInstances", &[]).await;
    decisions(&stage, 1);
    let before = shown(&stage, "/api/statements");
    assert_eq!(before["policies"][0]["statements"][0]["allow"], 1);
    let changed = POLICY.replace("Unused <b>", "Renamed");
    stage.guard.replace_policy(&changed);
    let began = Instant::now();
    let after = loop {
        let after = shown(&stage, "/api/statements");
        if after["policies"][0]["version"] != before["policies"][0]["version"] {
            break after;
        }
        assert!(began.elapsed() < Duration::from_secs(60));
    };
    assert_eq!(after["policies"][0]["statements"][0]["allow"], 0);
    assert_eq!(after["policies"][0]["statements"][2]["sid"], "Renamed");
    assert_eq!(shown(&stage, "/api/policies")["policies"][0]["document"], *changed);
    assert_eq!(shown(&stage, "/api/actions")["actions"][0]["allow"], 1, "actions are counted from the start");
    call(&stage, "DescribeDBInstances", &[]).await;
    decisions(&stage, 2);
    assert_eq!(shown(&stage, "/api/statements")["policies"][0]["statements"][0]["allow"], 1);
}

#[tokio::test]
async fn audit_mode_shows_what_enforcing_would_hold_back() {
    let stage = Stage::set(POLICY, &["--mode", "audit"]);
    call(&stage, "DeleteDBInstance", &[("DBInstanceIdentifier", "orders")]).await;
    decisions(&stage, 1);
    let statement = &shown(&stage, "/api/statements")["policies"][0]["statements"][1];
    assert_eq!((&statement["deny"], &statement["let_pass"]), (&1.into(), &1.into()));
    let page = get(&stage, "/").body;
    assert!(page.contains("audit mode: denials are recorded") && page.contains("deny, let pass"), "{page}");
    assert!(page.contains("1 let pass"));
}

#[test]
fn the_status_says_how_the_proxy_is() {
    let policy = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    let stage = Stage::set(policy, &[]);
    let status = shown(&stage, "/api/status");
    let ready = get(&stage, "/readyz").json();
    assert_eq!(status["readiness"], ready);
    assert_eq!(
        (&ready["status"], &ready["mode"], &ready["full_access"]),
        (&"ready".into(), &"enforce".into(), &true.into())
    );
    assert_eq!(status["listeners"]["proxy"], json!([stage.guard.proxy.to_string()]));
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&status["audit_waiting"], &status["records"]), (&0.into(), &json!([])));
    let endpoints = shown(&stage, "/api/endpoints");
    let name = &endpoints["endpoints"][0]["names"][0];
    assert_eq!(
        (&endpoints["endpoints"][0]["region"], &endpoints["unmapped"]),
        (&"us-east-1".into(), &"private-dns".into())
    );
    assert_eq!(name["addresses"][0]["address"], stage.sandbox.address().to_string());
    assert_eq!(name["addresses"][0]["failing_workers"], 0);
    assert!(get(&stage, "/").body.contains("enforcing, but everything is allowed to everybody"));
}

#[tokio::test]
async fn an_address_that_fails_is_shown_to() {
    let stage = Stage::set(POLICY, &[]);
    let good = stage.good();
    let Stage { sandbox, guard, .. } = stage;
    let address = sandbox.address().to_string();
    sandbox.shutdown();
    let answer = exchange(&guard, good.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let endpoints = ask(guard.admin, "GET", "/api/endpoints", "Host: 127.0.0.1\r\n").json();
    let found = &endpoints["endpoints"][0]["names"][0]["addresses"][0];
    assert_eq!(found["address"], *address);
    assert!(found["failing_workers"].as_u64() >= Some(1) && found["failures"].as_u64() >= Some(1), "{found}");
    let page = ask(guard.admin, "GET", "/", "Host: 127.0.0.1\r\n").body;
    assert!(page.contains("tried last"), "{page}");
}

#[test]
fn the_policies_in_force_answer_questions() {
    let stage = Stage::set(POLICY, &[]);
    let orders = "arn:aws:rds:us-east-1:123456789012:db:orders";
    let check = |query: &str| shown(&stage, &format!("/api/check?{query}"));
    let denied = check(&format!("action=rds:DeleteDBInstance&resource={orders}"));
    assert_eq!((&denied["decision"], &denied["region"]), (&"explicit_deny".into(), &"us-east-1".into()));
    let statements = denied["policies"][0]["statements"].as_array().unwrap();
    let decided: Vec<&Value> = statements.iter().filter(|statement| statement["decided"] == true).collect();
    assert_eq!((decided.len(), &decided[0]["index"]), (1, &1.into()));
    assert_eq!(check("action=rds:DescribeDBInstances&resource=*")["decision"], "allow");
    assert_eq!(check(&format!("action=rds:StopDBInstance&resource={orders}"))["decision"], "implicit_deny");
    for (query, parameter) in [
        ("", "action"),
        ("action=nonsense", "action"),
        ("action=rds:X&action=rds:Y", "action"),
        ("action=rds:X&resource=orders", "resource"),
        ("action=rds:X&resource=arn:aws:rds:us-east-1:unknown:db:orders", "resource"),
        ("action=rds:X&resource=arn:aws:rds:a:UNKNOWN:b:c", "resource"),
        ("action=rds:X&resource=arn:aws:rds:us-east-1:123456789012:db:rds-guard-untold-value-1", "resource"),
        (&format!("action=rds:X{}", "&resource=*".repeat(101)), "resource"),
        (&format!("action=rds:X{}", "&context=aws:a=b".repeat(101)), "context"),
        ("action=rds:X&principal=me", "principal"),
        ("action=rds:X&context=novalue", "context"),
        ("action=rds:X&region=nowhere", "region"),
        ("action=rds:X&workload=none", "workload"),
        ("action=rds:X&colour=red", "colour"),
    ] {
        let answer = get(&stage, &format!("/api/check?{query}"));
        assert_eq!((answer.status, answer.json()["parameter"].as_str()), (400, Some(parameter)), "{query}");
    }
}

#[test]
fn a_question_knows_what_calls_here_would_know_and_no_more() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/Orders"}, "Action": "rds:*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0", "aws:RequestedRegion": "us-east-1"}}},
        {"Effect": "Deny", "Principal": "*", "Action": "rds:DeleteDBInstance", "Resource": "*",
         "Condition": {"StringEquals": {"aws:ResourceTag/tier": "gold"}}}
    ]}"#;
    let stage = Stage::set(policy, &[]);
    let (orders, role) = ("arn:aws:rds:us-east-1:123456789012:db:orders", "arn:aws:iam::123456789012:role/Orders");
    let check = |query: &str| shown(&stage, &format!("/api/check?resource={orders}&{query}"));
    assert_eq!(check(&format!("action=rds:StopDBInstance&principal={role}"))["decision"], "allow");
    let unknown = check("action=rds:StopDBInstance");
    assert_eq!(
        (&unknown["decision"], &unknown["undetermined"]),
        (&"implicit_deny".into(), &json!(["aws:PrincipalArn"]))
    );
    let tag = check(&format!("action=rds:DeleteDBInstance&principal={role}"));
    assert_eq!((&tag["decision"], &tag["undetermined"]), (&"explicit_deny".into(), &json!(["aws:ResourceTag/tier"])));
    let told = check(&format!("action=rds:DeleteDBInstance&principal={role}&context=aws:ResourceTag/tier=silver"));
    assert_eq!(told["decision"], "allow");
}

#[test]
fn of_an_action_that_the_table_lacks_a_question_knows_neither_resource_nor_keys() {
    let orders = "arn:aws:rds:us-east-1:123456789012:db:orders";
    let policy = format!(
        r#"{{"Statement": [
        {{"Effect": "Allow", "Principal": "*", "Action": ["rds:StopDBInstance", "rds:FuseDBInstance"], "Resource": "{orders}",
         "Condition": {{"StringEquals": {{"aws:ResourceAccount": "123456789012"}}, "Null": {{"rds:StorageSize": "true"}}}}}}
    ]}}"#
    );
    let stage = Stage::set(&policy, &[]);
    let check = |action: &str| shown(&stage, &format!("/api/check?action={action}&resource={orders}"));
    assert_eq!(check("rds:StopDBInstance")["decision"], "allow");
    assert_eq!(check("rds:stopdbinstance")["decision"], "allow");
    let unknown = check("rds:FuseDBInstance");
    assert_eq!(unknown["decision"], "implicit_deny");
    assert!(unknown["policies"][0]["statements"][0]["conditions"].to_string().contains("unknown"), "{unknown}");
}

#[test]
fn what_is_not_here_is_told_and_nothing_is_changed() {
    let stage = Stage::set(POLICY, &["RDS_GUARD_METRICS=127.0.0.1:0"]);
    let admin = stage.guard.admin;
    for target in ["/api", "/api/", "/api/nothing", "/page.js", "/%2e%2e/etc/passwd", "//", "/api/status/"] {
        let answer = get(&stage, target);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (404, Some("not_found")), "{target}");
        assert!(answer.body.contains("/api/decisions") && answer.body.contains("/metrics"));
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let answer = ask(admin, method, "/api/policies", "Host: localhost\r\nContent-Length: 0\r\n");
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
        assert!(answer.header("access-control-allow-origin").is_none());
    }
    for target in ["/", "/api/status", "/readyz", "/metrics"] {
        let (get, head) = (get(&stage, target), ask(admin, "HEAD", target, "Host: localhost\r\n"));
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        assert!(head.header("content-length").is_some() && head.header("content-type") == get.header("content-type"));
    }
    for (target, parameter) in [
        ("/api/decisions?limit=0", "limit"),
        ("/api/decisions?limit=501", "limit"),
        ("/api/decisions?limit=ten", "limit"),
        ("/api/decisions?decision=maybe", "decision"),
        ("/api/decisions?kind=all", "kind"),
        ("/?limit=1&limit=2", "limit"),
        ("/api/decisions?acti%6fn=%ff", "action"),
        ("/api/status?pretty=1", "pretty"),
    ] {
        let answer = get(&stage, target);
        assert_eq!((answer.status, answer.json()["parameter"].as_str()), (400, Some(parameter)), "{target}");
    }
    let probes = stage.guard.address("metrics");
    for (target, status) in [("/livez", 200), ("/readyz", 200), ("/metrics", 200), ("/", 404), ("/api/status", 404)] {
        let answer = ask(probes, "GET", target, "Host: localhost\r\n");
        assert_eq!(answer.status, status, "{target}");
        assert!(!answer.body.contains("/api"), "{target}: {}", answer.body);
    }
}

#[test]
fn no_other_site_reads_what_is_shown() {
    let stage = Stage::set(POLICY, &["RDS_GUARD_ADMIN_NAMES=guard.internal,orders.local"]);
    let admin = stage.guard.admin;
    assert_eq!(ask(admin, "GET", "/", "Host: orders.local:8080\r\n").status, 200);
    for target in ["/", "/api/status", "/api/decisions", "/api/policies", "/api/check?action=rds:X"] {
        for host in ["evil.example", "evil.example:9901", HOST, "127.0.0.1.evil.example"] {
            let answer = ask(admin, "GET", target, &format!("Host: {host}\r\n"));
            assert_eq!(
                (answer.status, answer.json()["error"].as_str()),
                (421, Some("foreign_name")),
                "{host} {target}"
            );
        }
        let crossing = ask(admin, "GET", target, "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n");
        assert_eq!((crossing.status, crossing.json()["error"].as_str()), (403, Some("cross_site")), "{target}");
    }
    assert_eq!(ask(admin, "GET", "http://evil.example/", "Host: localhost\r\n").status, 421);
    // Probes may address a pod by any name, and receive no information about requests.
    assert_eq!(ask(admin, "GET", "/readyz", "Host: anything\r\n").status, 200);
    for target in ["/", "/api/status", "/metrics", "/nowhere"] {
        let answer = get(&stage, target);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{target}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

#[test]
fn workloads_are_shown_and_asked_about_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let own = r#"{"Statement":[{"Sid":"Own","Effect":"Allow","Principal":"*","Action":"rds:DescribeDBInstances","Resource":"*"}]}"#;
    std::fs::write(folder.path().join("own.json"), own).unwrap();
    let file = folder.path().join("rds-guard.toml");
    let workloads = "[[workload]]\nname = \"orders\"\nlisten = \"127.0.0.1:0\"\npolicy = \"own.json\"\n\
                     [[workload]]\nname = \"billing\"\nlisten = \"127.0.0.1:0\"\n";
    std::fs::write(&file, workloads).unwrap();
    let stage = Stage::set(POLICY, &["--config", file.to_str().unwrap()]);
    let status = shown(&stage, "/api/status");
    let named: Vec<(&str, bool)> = status["workloads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|workload| (workload["name"].as_str().unwrap(), workload["policy"].is_string()))
        .collect();
    assert_eq!(named, [("orders", true), ("billing", false)]);
    assert_eq!(status["listeners"]["proxy"].as_array().unwrap().len(), 3, "theirs too");
    let policies = shown(&stage, "/api/policies");
    assert_eq!(policies["policies"][1]["applies_to"], json!(["workload orders"]));
    assert_eq!(policies["policies"][1]["document"], own);
    let check = |query: &str| shown(&stage, &format!("/api/check?action=rds:DescribeDBClusters&resource=*{query}"));
    assert_eq!(check("")["decision"], "allow");
    assert_eq!(check("&workload=billing")["decision"], "allow");
    let orders = check("&workload=orders");
    assert_eq!((&orders["decision"], orders["policies"].as_array().unwrap().len()), (&"implicit_deny".into(), 2));
    assert!(orders["decided_by"].as_str().unwrap().ends_with("own.json"));
    let page = get(&stage, "/").body;
    assert!(
        page.contains("<a href=\"/?workload=orders\">orders</a>") && page.contains("for workload orders"),
        "{page}"
    );
}

#[test]
fn a_page_that_others_reach_is_warned_of() {
    let stage = Stage::set(POLICY, &["--admin", "0.0.0.0:0"]);
    let ready = get(&stage, "/readyz");
    assert!(ready.body.contains("`admin` is not a loopback address alone"), "{}", ready.body);
    let quiet = Stage::set(POLICY, &[]);
    assert!(!get(&quiet, "/readyz").body.contains("loopback"));
}
