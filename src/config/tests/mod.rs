//! Which values the configuration accepts and rejects, and the priority of its sources.

mod layers;

use std::{fs, path::Path, time::Duration};

use super::*;

const VERSION_OF_THE_EXAMPLE: &str = "d46d8dd5fe95";
const KEY_OF_ANOTHER_ACCOUNT: &str = "ASIAQNZGKIQY56JQ7WML";

/// Loads a file with this text, with variables and flags. Returns the configuration or the problems as text.
fn load_all(text: &str, variables: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guard.toml");
    fs::write(&file, text).unwrap();
    fs::write(folder.path().join("policy.json"), include_str!("../../../config/policies/allow-listed-actions.json"))
        .unwrap();
    let sources = Sources {
        file: Some(file),
        environment: variables.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        flags: flags.iter().map(|(name, value)| Flag { name, value: (*value).to_owned() }).collect(),
        ..Sources::default()
    };
    load(&sources).map_err(|errors| errors.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

fn problems_of(text: &str) -> String {
    load_all(text, &[], &[]).unwrap_err()
}

#[test]
fn without_any_source_the_defaults_hold() {
    let config = load(&Sources::default()).unwrap();
    assert_eq!(config.listen, ["127.0.0.1:3128".parse().unwrap()]);
    assert_eq!(config.admin, ["127.0.0.1:9901".parse().unwrap()]);
    assert_eq!((config.mode, config.tunnel.default), (Mode::Enforce, Verdict::Allow));
    assert_eq!(config.limits.body.bytes(), 1 << 20);
    assert_eq!((config.drain.quiet, config.drain.limit), (Duration::from_secs(20), Duration::from_secs(25)));
    assert!(config.effective.iter().all(|setting| setting.origin == Origin::Default));
}

#[test]
fn an_endpoint_id_is_read_from_its_names_where_they_agree() {
    let named = |first: &str, second: &str| {
        let name = |id: &str| format!("vpce-{id}.rds.us-east-1.vpce.amazonaws.com");
        let text = format!("[[endpoint]]\nregion = \"us-east-1\"\ndns = [\"{}\", \"{}\"]", name(first), name(second));
        let config = load_all(&text, &[], &[]).unwrap();
        config.endpoints[0].id.as_ref().map(|id| id.to_string())
    };
    let (id, zonal, other) =
        ("0123456789abcdef0-abcdefgh", "0123456789abcdef0-abcdefgh-us-east-1a", "0fedcba9876543210-abcdefgh");
    assert_eq!(named(id, zonal).as_deref(), Some("vpce-0123456789abcdef0"));
    assert_eq!(named(id, other), None);
}

#[test]
fn a_policy_is_a_path_beside_its_file_or_the_json_itself() {
    let config = load_all("policy = \"policy.json\"", &[], &[]).unwrap();
    let policy = config.policy.unwrap();
    assert!(policy.policy().text().contains("rds:CreateDBSnapshot"));
    // The sha256sum of the page's example.
    assert_eq!(policy.version(), VERSION_OF_THE_EXAMPLE);
    let json =
        "  {\"Statement\": {\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"*\", \"Resource\": \"*\"}}";
    let config = load_all("", &[("RDS_GUARD_POLICY", json)], &[]).unwrap();
    assert_eq!(config.policy.as_ref().unwrap().path(), None);
    assert_eq!(config.policy.unwrap().name(), "RDS_GUARD_POLICY");
}

#[test]
fn a_policy_that_is_named_and_cannot_be_used_is_told_with_its_own_place() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("", "1:1: policy: "),
        ("[]", "1:1: policy: "),
        ("{}", "1:1: policy: "),
        ("{\n  \"Statement\": []\n}", "2:16: policy: "),
        (
            "{\n  \"Statement\": {\"Effect\": \"Alow\"}\n}",
            "2:27: policy: `Alow` is no effect: expected `Allow` or `Deny`",
        ),
        ("{\"Statement\": {", "1:16: policy: "),
    ];
    for (text, expected) in cases {
        fs::write(folder.path().join("bad.json"), text).unwrap();
        let path = folder.path().join("bad.json");
        let told = load_all("", &[("RDS_GUARD_POLICY", path.to_str().unwrap())], &[]).unwrap_err();
        let told = told.replace(&format!("{}/", folder.path().display()), "");
        assert!(told.lines().any(|line| line.starts_with(&format!("bad.json:{expected}"))), "{text}\n{told}");
    }
    let inline = load_all("", &[("RDS_GUARD_POLICY", "{\"Statement\": []}")], &[]).unwrap_err();
    assert!(inline.starts_with("RDS_GUARD_POLICY: policy: line 1, column 15: "), "{inline}");
}

#[test]
fn a_policy_is_read_again_from_its_file_and_a_bad_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.json");
    fs::write(&path, include_str!("../../../config/policies/allow-listed-actions.json")).unwrap();
    let first = PolicySource::from_file(path.clone(), crate::policy::Limits::default()).unwrap();
    assert_eq!(first.reread().unwrap().version(), first.version());
    fs::write(&path, include_str!("../../../config/policies/deny-account.json")).unwrap();
    assert_ne!(first.reread().unwrap().version(), first.version());
    fs::write(&path, "{").unwrap();
    assert!(first.reread().is_err());
}

#[test]
fn every_problem_is_told_at_once_with_its_place() {
    let text = "listen = \"3128\"\nmodes = \"audit\"\n[tunnel]\ndefautl = \"deny\"\nidle = 60\n[limits]\nbody = \"1MB\"\nbuffered = \"1kB\"\n";
    let variables = [("RDS_GUARD_TUNEL__DEFAULT", "deny"), ("RDS_GUARD_WORKERS", "many")];
    let told = load_all(text, &variables, &[("--mode", "off")]).unwrap_err();
    let expected = [
        "guard.toml:1:1: `listen` is `3128`, expected an address with its port such as",
        "guard.toml:2:1: `modes` is not a key; did you mean `mode`?",
        "guard.toml:4:1: `tunnel.defautl` is not a key; did you mean `tunnel.default`?",
        "guard.toml:5:1: `tunnel.idle` is `60`, expected a duration such as \"25s\"",
        "guard.toml:8:1: `limits.buffered` is 1000B, less than one body may have",
        "RDS_GUARD_TUNEL__DEFAULT: no such variable; did you mean `RDS_GUARD_TUNNEL__DEFAULT`?",
        "RDS_GUARD_WORKERS: `workers` is `many`, expected a whole number from 1 on",
        "--mode: `mode` is `off`, expected \"enforce\" or \"audit\"",
    ];
    for line in expected {
        assert!(told.lines().any(|told| told.starts_with(line)), "{line}\nnot in\n{told}");
    }
    assert_eq!(told.lines().count(), expected.len(), "{told}");
}

#[test]
fn each_bad_value_is_told_with_what_was_expected() {
    let principal = format!(
        "[[principal]]\naccess_key_id = \"{KEY_OF_ANOTHER_ACCOUNT}\"\narn = \"arn:aws:iam::999999999999:role/App\""
    );
    let cases = [
        ("listen = 3128", "1:1: `listen` is `3128`, expected an address with its port"),
        ("admin = [\"127.0.0.1:9901\", \"x\"]", "1:28: `admin` is `x`, expected an address with its port"),
        ("mode = \"Enforce\"", "1:1: `mode` is `Enforce`, expected \"enforce\" or \"audit\""),
        ("workers = 0", "1:1: `workers` is `0`, expected a whole number from 1 on"),
        ("tunnel = true", "1:1: `tunnel` is `true`, expected a table, [tunnel]"),
        ("[tunnel]\nplain_http = \"yes\"", "2:1: `tunnel.plain_http` is `yes`, expected true or false"),
        ("[tunnel]\nallow = [\"http://x\"]", "2:10: `tunnel.allow` is `http://x`, expected a host pattern"),
        ("[tunnel]\nports = [0]", "2:10: `tunnel.ports` is `0`, expected a port from 1 to 65535"),
        ("[routing]\nprivate_cidrs = \"10/8\"", "2:1: `routing.private_cidrs` is `10/8`, expected a network"),
        ("[drain]\nlimit = \"5s\"", "2:1: `drain.limit` is \"5s\", less than `drain.quiet`, \"20s\""),
        ("[drain]\nquiet = \"-5s\"", "2:1: `drain.quiet` is `-5s`, expected a duration"),
        ("[ca]\ncert = \"c.pem\"", "2:1: `ca.cert` stands alone: an authority of one's own needs `ca.key` too"),
        (
            "[ca]\nextra_roots = \"policy.json\"",
            "2:1: `ca.extra_roots` is `policy.json`, expected the path of a PEM file",
        ),
        ("[upstream]\nca = \"gone.pem\"", "2:1: `upstream.ca` is `gone.pem`, expected the path of a PEM file"),
        ("[context]\norg = \"o-1\"", "2:1: `context` is `org`, expected condition keys such as"),
        (
            "[context]\n\"aws:A\" = \"1\"\n\"AWS:a\" = \"2\"",
            "3:1: `context` `AWS:a` was already given at guard.toml:2:1",
        ),
        ("[resource_ids]\norders = \"prx-1\"", "2:1: `resource_ids` is `orders`, expected TYPE/NAME"),
        ("[[endpoint]]\nregion = \"us-east-1\"", "1:1: `endpoint.dns` is missing, expected a DNS name"),
        (
            "[[endpoint]]\nregion = \"Virginia\"\ndns = \"a.example\"",
            "2:1: `endpoint.region` is `Virginia`, expected a region",
        ),
        (
            "[[endpoint]]\nregion = \"us-east-1\"\ndns = \"10.0.0.1\"",
            "3:1: `endpoint.dns` is `10.0.0.1`, expected a DNS name",
        ),
        (
            "[[endpoint]]\nregion = \"us-east-1\"\ndns = \"vpce-0123456789abcdef0-a.rds.eu-west-1.vpce.amazonaws.com\"",
            "3:1: `endpoint.dns` `vpce-0123456789abcdef0-a.rds.eu-west-1.vpce.amazonaws.com` is a name of region `eu-west-1`",
        ),
        ("[endpoint]\nregion = \"us-east-1\"", "1:2: `endpoint` is a table, expected a list of tables, [[endpoint]]"),
        (principal.as_str(), "3:1: `principal.arn` is of account `999999999999`, but"),
        (
            "[identity]\ndefault_principal = \"arn:aws:iam::1:root\"",
            "2:1: `identity.default_principal` is `arn:aws:iam::1:root`, expected the ARN of a principal",
        ),
        (
            "[[workload]]\nname = \"a b\"\nlisten = \"127.0.0.1:1\"",
            "2:1: `workload.name` is `a b`, expected a name of 1 to 64",
        ),
        ("[[workload]]\nname = \"a\"", "1:1: `workload` `a` has nothing to be known by"),
        (
            "[[principal]]\naccess_key_id = \"AKIAIOSFODNN7EXAMPLE\"\narn = \"arn:aws:iam::123456789012:root\"\nsession_token_file = \"t\"",
            "4:1: `principal.session_token_file` stands alone",
        ),
        ("listen = \"off\"", "1:1: `listen` is off, and so is every other way in"),
        (
            "metrics = \"127.0.0.1:3128\"",
            "1:1: `metrics` `127.0.0.1:3128`, the address of `listen`, was already given at default",
        ),
        ("policy = \"gone.json\"", "1:1: cannot read `gone.json`: No such file"),
        ("policy = \"\"", "1:1: `policy` is empty, expected the path of a policy"),
        ("a = 1\nb = = 2", "2:5: not valid TOML: "),
        ("listen = 1\nlisten = 2", "2:1: not valid TOML: duplicate key"),
    ];
    for (text, expected) in cases {
        let told = problems_of(text);
        assert!(
            told.starts_with(&format!("guard.toml:{expected}")),
            "{text}\n  expected {expected}\n  told     {told}"
        );
    }
}

#[test]
fn the_broker_needs_a_token_and_loopback_and_the_endpoint_way_in_needs_the_broker() {
    let broker = "[broker]\nlisten = \"127.0.0.1:1\"\ntoken_file = \"t\"\n";
    let workload = "[[workload]]\nname = \"a\"\n";
    for (text, expected) in [
        ("listen_endpoint = \"127.0.0.1:1\"".to_owned(), Some("`listen_endpoint` needs the broker")),
        (format!("{workload}listen_endpoint = \"127.0.0.1:1\""), Some("`workload.listen_endpoint` needs the broker")),
        ("[broker]\ntoken_file = \"t\"".to_owned(), Some("`broker.token_file` stands alone")),
        ("[broker]\nlisten = \"127.0.0.1:1\"".to_owned(), Some("`broker.listen` hands out no keys")),
        (
            broker.replace("127.0.0.1", "10.0.0.1"),
            Some("`broker.listen` is `10.0.0.1:1`: tokens and keys go there in plain"),
        ),
        (
            format!("{workload}listen_direct = \"127.0.0.1:2\"\ntoken_file = \"t\""),
            Some("`workload.listen_direct` has a `token_file` and no `uid`"),
        ),
        (format!("{broker}lifetime = \"0s\""), Some("`broker.lifetime` is less than a second")),
        // A token shared by both would not identify either.
        (format!("{broker}{workload}token_file = \"t\""), Some("t` was already given")),
        (format!("{workload}listen_direct = \"127.0.0.1:2\"\ntoken_file = \"t\"\nuid = 7"), None),
        (broker.replace("127.0.0.1:1", "169.254.170.2:80"), None),
        (format!("listen_endpoint = \"127.0.0.1:2\"\n{broker}"), None),
        (format!("{}{workload}token_file = \"t\"", broker.replace("token_file = \"t\"\n", "")), None),
    ] {
        match expected {
            Some(expected) => assert!(problems_of(&text).contains(expected), "{text}\n{}", problems_of(&text)),
            None => assert!(load_all(&text, &[], &[]).is_ok(), "{text}"),
        }
    }
}

#[test]
fn names_that_may_stand_once_are_refused_twice() {
    let endpoint = "[[endpoint]]\nregion = \"us-east-1\"\ndns = \"a.example\"\n";
    assert_eq!(
        problems_of(&endpoint.repeat(2)),
        "guard.toml:4:1: `endpoint.region` `us-east-1` was already given at guard.toml:1:1"
    );
    assert!(load_all(&format!("{endpoint}{endpoint}fips = true"), &[], &[]).is_ok());
}

#[test]
fn resolve_takes_ports_and_bracketed_ipv6_and_nothing_else() {
    let cases = [
        ("rds.us-east-1.amazonaws.com:443:10.0.0.1", Some("10.0.0.1:443")),
        ("RDS.us-east-1.amazonaws.com.:443:127.0.0.1:8443", Some("127.0.0.1:8443")),
        ("h.example:443:[::1]", Some("[::1]:443")),
        ("h.example:443:[fd00::1]:8443", Some("[fd00::1]:8443")),
        ("h.example:443", None),
        ("h.example:443:::1", None),
        ("h.example:443:[::1]8443", None),
        ("h.example:443:[::1", None),
        ("h.example:0:10.0.0.1", None),
        ("h.example:443:10.0.0.1:", None),
        ("h.example:443:10.0.0.1:+8", None),
        ("h.example:443:other.example", None),
        ("10.0.0.2:443:10.0.0.1", None),
        (":443:10.0.0.1", None),
    ];
    for (text, address) in cases {
        let dialled = Resolve::parse(text).map(|resolve| resolve.address.to_string());
        assert_eq!(dialled.as_deref(), address, "{text}");
    }
}

#[test]
fn require_enforce_refuses_audit_mode_and_full_access() {
    let sources = |text: &str| Sources {
        environment: vec![("RDS_GUARD_POLICY".into(), text.into()), ("RDS_GUARD_MODE".into(), "audit".into())],
        require_enforce: true,
        ..Sources::default()
    };
    let told =
        load(&sources(include_str!("../../../config/policies/allow-listed-actions.json"))).unwrap_err().to_string();
    assert_eq!(told, "--require-enforce: refused: `mode` is `audit`, which refuses nothing");
    let told = load(&Sources { require_enforce: true, ..Sources::default() }).unwrap_err().to_string();
    assert!(told.contains("no policy is configured"), "{told}");
    let everything = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
    let mut open = sources(everything);
    open.environment.pop();
    let told = load(&open).unwrap_err().to_string();
    assert_eq!(told, "--require-enforce: refused: the policy allows everything to everybody");
}

#[test]
fn quantities_are_shown_as_they_are_written() {
    let durations = ["25s", "1500ms", "90s", "15m", "1h", "30d", "0s"];
    for text in durations {
        assert_eq!(quantity::show_duration(quantity::duration(text).unwrap()), text);
    }
    for text in ["", "5", "s", "1.5s", "5 s", "1s1h", "5S", "99999999999999999999s"] {
        assert_eq!(quantity::duration(text), None, "{text}");
    }
    for text in ["1MiB", "1536B", "64KiB", "3GiB"] {
        assert_eq!(quantity::size(text).unwrap().to_string(), text.to_owned());
    }
    for text in ["", "1", "MiB", "1mb", "-1B", "99999999999GiB"] {
        assert_eq!(quantity::size(text), None, "{text}");
    }
}

#[test]
fn a_column_counts_characters_from_one() {
    let origin = Origin::in_text(&Path::new("f").into(), "ä = 1\nüb = 2", 9);
    assert_eq!(origin.to_string(), "f:2:2");
}
