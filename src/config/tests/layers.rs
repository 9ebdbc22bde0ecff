//! Which source of a key takes precedence: flags, variables, file.

use super::*;

#[test]
fn flags_beat_variables_and_variables_beat_the_file() {
    let file = "listen = \"127.0.0.1:1\"\nmode = \"audit\"\n[tunnel]\ndefault = \"deny\"\n";
    let variables =
        [("RDS_GUARD_LISTEN", "127.0.0.1:2,[::1]:2"), ("RDS_GUARD_TUNNEL__IDLE", "2h"), ("HOME", "/elsewhere")];
    let config = load_all(file, &variables, &[("--listen", "127.0.0.1:3")]).unwrap();
    assert_eq!(config.listen, ["127.0.0.1:3".parse().unwrap()]);
    assert_eq!(config.origin_of("listen"), Origin::Flag("--listen"));
    assert_eq!(config.tunnel.idle, Duration::from_hours(2));
    assert_eq!(config.origin_of("tunnel.idle"), Origin::Variable("RDS_GUARD_TUNNEL__IDLE".into()));
    assert_eq!((config.tunnel.default, config.mode), (Verdict::Deny, Mode::Audit));
    assert!(config.origin_of("tunnel.default").to_string().ends_with("guard.toml:4:1"));
    assert_eq!(config.origin_of("drain.quiet"), Origin::Default);
}

#[test]
fn a_list_is_replaced_by_the_stronger_layer_and_never_added_to() {
    let config =
        load_all("[tunnel]\nallow = [\"a.example\", \"b.example\"]\n", &[("RDS_GUARD_TUNNEL__ALLOW", "")], &[]);
    assert_eq!(config.unwrap().tunnel.allow, []);
}

#[test]
fn endpoints_of_variables_and_flags_replace_the_names_of_their_region_and_keep_its_policy() {
    let file = "[[endpoint]]\nregion = \"us-east-1\"\ndns = \"old.example\"\npolicy = \"policy.json\"\n";
    let variables =
        [("RDS_GUARD_ENDPOINT__US_EAST_1", "one.example, two.example"), ("RDS_GUARD_ENDPOINT__EU_WEST_1", "e.example")];
    let flags = [
        ("--endpoint", "cn-north-1=cn.example"),
        ("--endpoint", "eu-west-1=f.example"),
        ("--endpoint", "eu-west-1=g.example"),
    ];
    let config = load_all(file, &variables, &flags).unwrap();
    let named: Vec<(&str, String)> = config
        .endpoints
        .iter()
        .map(|endpoint| {
            let names: Vec<&str> = endpoint.dns.iter().map(DnsName::as_str).collect();
            (endpoint.region.as_str(), names.join(" "))
        })
        .collect();
    let expected =
        [("us-east-1", "one.example two.example"), ("eu-west-1", "f.example g.example"), ("cn-north-1", "cn.example")];
    assert_eq!(named, expected.map(|(region, names)| (region, names.to_owned())));
    assert!(config.endpoints[0].policy.as_ref().unwrap().path().unwrap().ends_with("policy.json"));
}

#[test]
fn variables_that_kubernetes_makes_for_a_service_of_our_name_are_not_ours() {
    let links = [
        ("RDS_GUARD_SERVICE_HOST", "10.96.0.7"),
        ("RDS_GUARD_SERVICE_PORT", "9902"),
        ("RDS_GUARD_SERVICE_PORT_METRICS", "9902"),
        ("RDS_GUARD_PORT", "tcp://10.96.0.7:9902"),
        ("RDS_GUARD_PORT_9902_TCP", "tcp://10.96.0.7:9902"),
        ("RDS_GUARD_PORT_9902_TCP_PROTO", "tcp"),
        ("RDS_GUARD_PORT_9902_TCP_PORT", "9902"),
        ("RDS_GUARD_PORT_9902_TCP_ADDR", "10.96.0.7"),
        ("RDS_GUARD_METRICS_SERVICE_HOST", "10.96.0.8"),
        ("RDS_GUARD_METRICS_PORT_9902_TCP_ADDR", "10.96.0.8"),
    ];
    load_all("", &links, &[]).unwrap();
    assert!(
        load_all("", &[("RDS_GUARD_PORT", "3128")], &[]).unwrap_err().starts_with("RDS_GUARD_PORT: no such variable")
    );
}

#[test]
fn the_file_is_the_flags_else_the_variables_else_the_systems_and_must_exist_if_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, port: u16| {
        let path = folder.path().join(name);
        fs::write(&path, format!("listen = \"127.0.0.1:{port}\"")).unwrap();
        path
    };
    let (flag, variable, system) = (file("flag", 1), file("variable", 2), file("system", 3));
    let mut sources = Sources {
        file: Some(flag),
        system_file: Some(system),
        environment: vec![("RDS_GUARD_CONFIG".into(), variable.into())],
        ..Sources::default()
    };
    let port = |sources: &Sources| load(sources).unwrap().listen[0].port();
    assert_eq!(port(&sources), 1);
    sources.file = None;
    assert_eq!(port(&sources), 2);
    sources.environment.clear();
    assert_eq!(port(&sources), 3);
    sources.system_file = Some("/nowhere/rds-guard.toml".into());
    assert_eq!(port(&sources), 3128);
    sources.file = Some("/nowhere/rds-guard.toml".into());
    assert!(load(&sources).unwrap_err().to_string().starts_with("/nowhere/rds-guard.toml: cannot read"));
}
