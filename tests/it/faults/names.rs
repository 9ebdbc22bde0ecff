//! Which name a tunnel reaches, and which addresses none reaches: with a resolver and a network for this test
//! alone.

use std::{
    io::{Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use super::{
    certificates::Certificates,
    dns::{DnsServer, Says},
    lab::{self, Proxy, Setup},
    prepared,
};

const POLICY: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"rds:Describe*","Resource":"*"}]}"#;

/// The endpoint is configured by the name of one of its zones.
const ZONE_A: &str = "vpce-0123456789abcdef0-abcd1234-us-east-1a.rds.us-east-1.vpce.amazonaws.com";

/// Names of the RDS API that are not configured, and the last part of their address.
const FURTHER: [(&str, u8); 8] = [
    (ZONE_A, 1),
    ("vpce-0123456789abcdef0-abcd1234-us-east-1c.rds.us-east-1.vpce.amazonaws.com", 2),
    ("vpce-0123456789abcdef0-abcd1234.rds.us-east-1.vpce.amazonaws.com", 3),
    ("rds-fips.us-east-1.amazonaws.com", 4),
    ("rds.us-east-1.api.aws", 5),
    ("rds.amazonaws.com", 6),
    ("rds-fips.eu-central-1.api.aws", 7),
    ("rds.eu-central-1.amazonaws.com", 8),
];

/// Another host, to which other names resolve.
const OTHER: u8 = 20;

#[test]
fn tunnels_reach_the_judged_name_and_no_address_of_the_api() {
    lab::enter("faults::names::inside");
}

#[test]
#[ignore = "runs inside namespaces, started by the test above"]
fn inside() {
    let Some(certificates) = prepared() else { return };
    the_other_names_of_an_endpoint_and_of_a_region_in_use_were_tunnelled(&certificates);
    a_search_domain_led_a_tunnel_to_another_name_than_the_judged_one(&certificates);
    dns_that_is_silent_does_not_keep_all_tunnels_shut(&certificates);
}

fn start(number: u8, certificates: &Certificates, arguments: &[&str]) -> Proxy {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Proxy::start(number, POLICY, &certificates.ca_pem, &Setup { arguments, audit: None })
}

/// Accepts connections at an address, and sends nothing.
fn listen(address: SocketAddr) {
    let listener = TcpListener::bind(address).unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(drop));
}

fn at(number: u8, thing: u8) -> Says {
    Says::Addresses(vec![IpAddr::from(lab::beside(number, thing))], 60)
}

/// The status of the answer to a CONNECT, and the reason in it.
fn connect(proxy: &Proxy, target: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(format!("CONNECT {target} HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let reason = head.split("x-rds-guard-reason: ").nth(1).and_then(|rest| rest.split('\r').next()).unwrap_or_default();
    (status, reason.to_owned())
}

fn is_refused_as_the_api(found: &(u16, String)) -> bool {
    (found.0, found.1.as_str()) == (403, "endpoint_address")
}

fn the_other_names_of_an_endpoint_and_of_a_region_in_use_were_tunnelled(certificates: &Certificates) {
    let number = lab::number();
    let dns = DnsServer::start(lab::beside(number, 53));
    for (name, thing) in FURTHER {
        dns.set(name, at(number, thing));
        listen(SocketAddr::from((lab::beside(number, thing), 443)));
    }
    dns.set("alias.example", at(number, 3));
    dns.set("other.example", at(number, OTHER));
    listen(SocketAddr::from((lab::beside(number, OTHER), 443)));
    let endpoint = format!("us-east-1={ZONE_A}");
    let proxy = start(number, certificates, &["--endpoint", &endpoint, "AWS_DEFAULT_REGION=eu-central-1"]);
    // Immediately: the first tunnel waits for the addresses that it is compared with.
    for (name, thing) in FURTHER {
        let found = connect(&proxy, &format!("{}:443", lab::beside(number, thing)));
        assert!(is_refused_as_the_api(&found), "{name}: {found:?}\n{}", proxy.log());
    }
    assert!(is_refused_as_the_api(&connect(&proxy, "alias.example:443")), "by another name");
    assert_eq!(connect(&proxy, "other.example:443").0, 200, "{}", proxy.log());
    // Without any endpoint the default region's names are known as well.
    let second = lab::number();
    let dns = DnsServer::start(lab::beside(second, 53));
    dns.set("rds-fips.eu-central-1.amazonaws.com", at(second, 4));
    listen(SocketAddr::from((lab::beside(second, 4), 443)));
    let proxy = start(second, certificates, &["AWS_REGION=eu-central-1"]);
    let found = connect(&proxy, &format!("{}:443", lab::beside(second, 4)));
    assert!(is_refused_as_the_api(&found), "{found:?}\n{}", proxy.log());
}

fn a_search_domain_led_a_tunnel_to_another_name_than_the_judged_one(certificates: &Certificates) {
    let number = lab::number();
    let dns = DnsServer::start(lab::beside(number, 53));
    for name in ["db.team-b.svc.cluster.local", "rds.eu-west-1.amazonaws.com", "db.svc.cluster.local", "whole.example"]
    {
        dns.set(name, at(number, OTHER));
    }
    listen(SocketAddr::from((lab::beside(number, OTHER), 443)));
    let deny = "RDS_GUARD_TUNNEL__DENY=*.svc.cluster.local,*.amazonaws.com";
    let proxy = start(number, certificates, &[deny]);
    let search =
        "search team-b.svc.cluster.local svc.cluster.local cluster.local amazonaws.com\noptions ndots:5 timeout:1";
    proxy.set_resolv_conf(&format!("nameserver {}\n{search}\n", lab::beside(number, 53)));
    assert_eq!(connect(&proxy, "db.team-b.svc.cluster.local:443"), (403, "tunnel_not_allowed".into()));
    for name in ["db", "db.team-b", "db.team-b.", "DB.team-b.svc", "rds.eu-west-1", "rds.eu-west-1."] {
        let found = connect(&proxy, &format!("{name}:443"));
        assert_eq!(found, (502, "connect_failed".into()), "{name}: {}", proxy.log());
    }
    for name in ["whole.example", "whole.example.", "WHOLE.example"] {
        assert_eq!(connect(&proxy, &format!("{name}:443")).0, 200, "{name}: {}", proxy.log());
    }
    // The hosts file is matched by whole names, and takes precedence.
    proxy.set_hosts(&format!("{} listed.example listed # other.listed\n", lab::beside(number, OTHER)));
    for name in ["listed.example", "listed", "Listed.Example."] {
        assert_eq!(connect(&proxy, &format!("{name}:443")).0, 200, "{name}: {}", proxy.log());
    }
    assert_eq!(connect(&proxy, "other.listed:443").0, 502);
}

fn dns_that_is_silent_does_not_keep_all_tunnels_shut(certificates: &Certificates) {
    let number = lab::number();
    let dns = DnsServer::start(lab::beside(number, 53));
    for (name, _) in FURTHER {
        dns.set(name, Says::Silence);
    }
    dns.set(ZONE_A, at(number, 1));
    listen(SocketAddr::from((lab::beside(number, OTHER), 443)));
    let endpoint = format!("us-east-1={ZONE_A}");
    let proxy = start(number, certificates, &["--endpoint", &endpoint, "RDS_GUARD_UPSTREAM__CONNECT=10s"]);
    let began = Instant::now();
    assert_eq!(connect(&proxy, &format!("{}:443", lab::beside(number, OTHER))).0, 200, "{}", proxy.log());
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    assert!(
        is_refused_as_the_api(&connect(&proxy, &format!("{}:443", lab::beside(number, 1)))),
        "what is known counts"
    );
    assert!(proxy.log().contains("not all names of the RDS API have been resolved"), "{}", proxy.log());
    // A name that could not be resolved is looked up again.
    dns.set("rds.us-east-1.api.aws", at(number, 5));
    let target = format!("{}:443", lab::beside(number, 5));
    let began = Instant::now();
    while !is_refused_as_the_api(&connect(&proxy, &target)) {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", proxy.log());
        thread::sleep(Duration::from_millis(200));
    }
}
