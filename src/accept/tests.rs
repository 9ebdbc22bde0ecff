//! Names and addresses in every spelling, and how each is classified.

use std::net::{IpAddr, SocketAddr};

use super::*;

fn router(tunnel: TunnelSettings) -> Router {
    Router::new(Vec::new(), tunnel, EndpointAddresses::default())
}

fn route(text: &str) -> Result<Route, Refusal> {
    router(TunnelSettings::default()).route(Authority::parse(text)?)
}

#[test]
fn rds_api_hosts_are_intercepted_in_any_spelling_and_on_port_443_only() {
    for host in
        ["rds.us-east-1.amazonaws.com", "RDS.US-EAST-1.amazonaws.COM.", "rds.amazonaws.com", "rds.eu-west-1.api.aws"]
    {
        assert!(matches!(route(&format!("{host}:443")), Ok(Route::Intercept(_))), "{host}");
        assert_eq!(route(&format!("{host}:80")), Err(Refusal::RdsPort { port: 80 }), "{host}");
        assert_eq!(route(host), Err(Refusal::NoPort), "{host}");
    }
    for host in ["example.com", "x.abc.us-east-1.rds.amazonaws.com", "rds-data.us-east-1.amazonaws.com"] {
        assert!(matches!(route(&format!("{host}:443")), Ok(Route::Tunnel(_))), "{host}");
    }
    assert!(matches!(route("rds.nowhere.amazonaws.com:443"), Err(Refusal::Lookalike { .. })));
}

#[test]
fn a_malformed_authority_goes_nowhere() {
    for text in [
        "",
        ":443",
        "a b:443",
        "user@rds.us-east-1.amazonaws.com:443",
        "rds%2eus-east-1.amazonaws.com:443",
        "rds\u{3002}us-east-1.amazonaws.com:443",
        "a..b:443",
        "[::1:443",
        "[x]:443",
        "a:0",
        "a:65536",
        "a:-1",
        "a:4430000",
        "1.2.3.4.5:443",
        "256.1.1.1:443",
        "a:443:443",
        "a\0:443",
    ] {
        assert_eq!(Authority::parse(text), Err(Refusal::MalformedAuthority), "{text:?}");
    }
}

#[test]
fn metadata_and_loopback_addresses_are_refused_in_every_spelling() {
    for text in [
        "169.254.169.254:80",
        "169.254.170.2:80",
        "169.254.170.23:80",
        "[fd00:ec2::254]:80",
        "[fd00:ec2::23]:80",
        "2852039166:80",
        "0xa9fea9fe:80",
        "0251.0376.0251.0376:80",
        "169.254.43518:80",
        "169.16689662:80",
        "[::ffff:169.254.169.254]:80",
        "[64:ff9b::a9fe:a9fe]:80",
        "[::169.254.169.254]:80",
        "[2002:a9fe:a9fe::1]:80",
        "[fe80::1]:80",
        "169.254.169.254.:80",
        "[64:ff9b:1::a9fe:a9fe]:80",
        "[::ffff:0:a9fe:a9fe]:80",
        "[2001::5601:5601]:80",
    ] {
        assert!(matches!(route(text), Err(Refusal::Metadata { .. })), "{text}: {:?}", route(text));
    }
    for text in
        ["127.0.0.1:443", "127.1:443", "2130706433:443", "0x7f.1:443", "[::1]:443", "[::]:443", "0.0.0.0:443", "0:443"]
    {
        assert!(matches!(route(text), Err(Refusal::Loopback { .. })), "{text}: {:?}", route(text));
    }
}

#[test]
fn an_address_of_an_endpoint_is_never_tunnelled() {
    let endpoints = EndpointAddresses::default();
    let router = Router::new(Vec::new(), TunnelSettings::default(), endpoints.clone());
    let target = Authority::parse("10.1.2.3:443").unwrap();
    assert!(router.route(target.clone()).is_ok());
    endpoints.add("rds.example", ["10.1.2.3".parse::<IpAddr>().unwrap()]);
    let address = "10.1.2.3".parse().unwrap();
    assert_eq!(router.route(target), Err(Refusal::EndpointAddress { address }));
    let name = Authority::parse("innocent.example:443").unwrap();
    assert_eq!(router.check_resolved(&name, address), Err(Refusal::EndpointAddress { address }));
}

#[test]
fn the_tunnel_policy_speaks_of_names_networks_and_ports() {
    let settings = TunnelSettings {
        default: Verdict::Deny,
        allow: ["*.example.com", "ec2.*.amazonaws.com", "10.0.0.0/8"].iter().map(|p| p.parse().unwrap()).collect(),
        deny: vec!["bad.example.com".parse().unwrap(), "10.9.0.0/16".parse().unwrap()],
        ports: vec![443],
        ..TunnelSettings::default()
    };
    let router = router(settings);
    let judged = |text: &str, address: &str| {
        let target = Authority::parse(text).unwrap();
        router.route(target.clone()).is_ok() && router.check_resolved(&target, address.parse().unwrap()).is_ok()
    };
    assert!(judged("a.b.example.com:443", "8.8.8.8"));
    assert!(judged("ec2.eu-west-1.amazonaws.com:443", "8.8.8.8"));
    assert!(judged("other.test:443", "10.1.1.1"));
    for (text, address) in [
        ("example.com:443", "8.8.8.8"),
        ("bad.example.com:443", "8.8.8.8"),
        ("ec2.a.b.amazonaws.com:443", "8.8.8.8"),
        ("other.test:443", "8.8.8.8"),
        ("a.example.com:443", "10.9.1.1"),
        ("a.example.com:8443", "8.8.8.8"),
    ] {
        assert!(!judged(text, address), "{text} {address}");
    }
}

/// A ClientHello with a server name, cut into records of `record` bytes.
fn hello(name: &str, record: usize) -> Vec<u8> {
    let entry = [&[0][..], &u16::try_from(name.len()).unwrap().to_be_bytes(), name.as_bytes()].concat();
    let list = [&u16::try_from(entry.len()).unwrap().to_be_bytes()[..], &entry].concat();
    let extension = [&[0, 0][..], &u16::try_from(list.len()).unwrap().to_be_bytes(), &list].concat();
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0x13, 1, 1, 0]);
    body.extend(u16::try_from(extension.len()).unwrap().to_be_bytes());
    body.extend(extension);
    let mut message = vec![1, 0];
    message.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    message.extend(body);
    message
        .chunks(record)
        .flat_map(|part| [&[0x16, 3, 1][..], &u16::try_from(part.len()).unwrap().to_be_bytes(), part].concat())
        .collect()
}

#[test]
fn a_server_name_is_found_however_the_hello_is_cut_up() {
    for record in [1, 2, 5, 50, 1000] {
        let bytes = hello("rds.us-east-1.amazonaws.com", record);
        for end in 0..bytes.len() {
            assert_eq!(ClientHello::read(&bytes[..end]), ClientHello::Incomplete, "{record} {end}");
        }
        let server_name = Some("rds.us-east-1.amazonaws.com".to_owned());
        assert_eq!(ClientHello::read(&bytes), ClientHello::Complete { server_name }, "{record}");
    }
    assert_eq!(ClientHello::read(b"GET / HTTP/1.1"), ClientHello::NotTls);
    assert_eq!(ClientHello::read(&[0x16, 3, 1, 0, 4, 2, 0, 0, 0]), ClientHello::Malformed);
    assert_eq!(ClientHello::read(&[0x16, 3, 1, 0xff, 0xff, 1]), ClientHello::Malformed);
    let slow = [vec![0x16, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc], vec![0; MAX_CLIENT_HELLO_BYTES]].concat();
    assert_eq!(ClientHello::read(&slow[..MAX_CLIENT_HELLO_BYTES]), ClientHello::Malformed);
}

#[tokio::test(start_paused = true)]
async fn no_tunnel_is_made_before_the_endpoints_have_been_asked_for() {
    let endpoints = EndpointAddresses::learning();
    let router = Router::new(Vec::new(), TunnelSettings::default(), endpoints.clone());
    let target = Authority::parse("10.0.3.7:443").unwrap();
    assert_eq!(dial(&router, &target).await.unwrap_err(), Refusal::ConnectTimeout);
    let address = "10.0.3.7".parse().unwrap();
    endpoints.add("rds.example", [address]);
    endpoints.learned();
    assert_eq!(dial(&router, &target).await.unwrap_err(), Refusal::EndpointAddress { address });
}

#[tokio::test]
async fn a_tunnel_holds_the_client_until_its_server_name_is_known_to_be_another() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let router = router(TunnelSettings::default());
    for (name, passes) in [("example.com", true), ("RDS.us-east-1.amazonaws.com.", false)] {
        let (mut client, mut inner) = tokio::io::duplex(1 << 16);
        let (mut outer, mut server) = tokio::io::duplex(1 << 16);
        let bytes = hello(name, 3);
        client.write_all(&bytes).await.unwrap();
        client.shutdown().await.unwrap();
        let mut traffic = tunnel::Traffic::default();
        let carried = async {
            let result = tunnel::carry(&router, &mut inner, bytes::BytesMut::new(), &mut outer, &mut traffic).await;
            drop(outer);
            result
        };
        if passes {
            let (result, received) = tokio::join!(carried, async {
                let mut received = vec![0; bytes.len()];
                server.read_exact(&mut received).await.unwrap();
                drop(server);
                received
            });
            assert_eq!((result, received), (Ok(()), bytes.clone()));
            assert_eq!(traffic.bytes_in, bytes.len() as u64);
        } else {
            let (result, received) = tokio::join!(carried, async {
                let mut received = Vec::new();
                server.read_to_end(&mut received).await.unwrap();
                received
            });
            assert!(matches!(result, Err(Refusal::SniMismatch { .. })), "{result:?}");
            assert!(received.is_empty());
        }
    }
}

#[tokio::test]
async fn what_is_no_connect_is_told_what_to_do() {
    for (bytes, refusal) in [
        (&b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"[..], Refusal::OriginForm),
        (b"GET ftp://example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::Method),
        (b"GET http://user@example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", Refusal::MalformedAuthority),
        (b"\x16\x03\x01\x00\x05hello", Refusal::TlsOnPlainPort),
    ] {
        assert_eq!(connect::read(&mut &*bytes).await.unwrap_err(), refusal);
    }
    let read = connect::read(&mut &b"CONNECT rds.us-east-1.amazonaws.com:443 HTTP/1.0\r\n\r\n\x16"[..]).await;
    let Some(connect::Asked::Connect(connect)) = read.unwrap() else { panic!("a CONNECT") };
    assert_eq!((connect.authority.unwrap().port, &connect.early[..]), (443, &b"\x16"[..]));
}

#[tokio::test]
async fn a_name_of_which_one_address_leads_inside_is_refused_whole() {
    for inside in ["127.0.0.1", "169.254.169.254", "0.0.0.0", "10.0.3.7"] {
        let known = EndpointAddresses::default();
        known.add("rds.example", ["10.0.3.7".parse().unwrap()]);
        let given = |address: &str| ("rebound.example".to_owned(), 443, SocketAddr::new(address.parse().unwrap(), 443));
        let router = Router::new(Vec::new(), TunnelSettings::default(), known)
            .with_overrides(vec![given("192.0.2.1"), given(inside)]);
        let refusal = dial(&router, &Authority::parse("rebound.example:443").unwrap()).await.unwrap_err();
        let expected = ["tunnel_not_allowed", "metadata_address", "endpoint_address"];
        assert!(expected.contains(&refusal.reason()), "{inside}: {refusal}");
    }
}

proptest::proptest! {
    /// Any variation of an API name is recognised as that name, is refused, or is another name that is judged as
    /// such.
    #[test]
    fn a_spelling_of_an_api_name_is_canonical_or_goes_nowhere(at in 0..27usize, odd in ".{0,3}", upper in proptest::bool::ANY) {
        let name = "rds.us-east-1.amazonaws.com";
        let (head, tail) = name.split_at(at);
        let text = format!("{head}{odd}{tail}");
        let text = if upper { text.to_uppercase() } else { text };
        let router = Router::new(Vec::new(), TunnelSettings::default(), EndpointAddresses::default());
        if let Ok(host) = Host::parse(&text) {
            let canonical = host.to_string();
            proptest::prop_assert!(canonical.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.[]:".contains(&b)));
            if let Ok(Route::Intercept(rds)) = router.route(Authority { host, port: 443 }) {
                proptest::prop_assert_eq!(rds.name(), &canonical);
            }
        }
    }
}

#[test]
fn an_address_counts_as_our_own_where_that_cannot_be_told() {
    let test = "accept::tests::without_descriptors";
    let program = std::env::current_exe().unwrap();
    let output = std::process::Command::new(program).args([test, "--exact", "--ignored"]).output().unwrap();
    let shown = std::str::from_utf8(&output.stdout).unwrap();
    // If this test had another name, the child process would run no test and still succeed.
    assert!(output.status.success() && shown.contains("1 passed"), "{shown}");
}

#[test]
#[ignore = "takes all descriptors of its process: started by the test above"]
fn without_descriptors() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let elsewhere = "203.0.113.1".parse().unwrap();
    assert!(!is_own_address(elsewhere));
    assert!(is_own_address("127.0.0.1".parse().unwrap()));
    setrlimit(Resource::Nofile, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
    assert!(is_own_address(elsewhere), "there is no descriptor to ask with");
}

#[test]
fn a_connection_of_ours_is_known_by_both_ends_and_only_while_it_is_open() {
    let address = |text: &str| text.parse::<SocketAddr>().unwrap();
    let (local, remote) = (address("10.0.0.1:40000"), address("192.0.2.1:443"));
    let own = OwnConnections::default();
    let open = own.note(Some(local), remote);
    assert!(own.contains(local, remote));
    assert!(own.contains(address("[::ffff:10.0.0.1]:40000"), remote), "however the socket shows it");
    assert!(!own.contains(local, address("192.0.2.2:443")), "another client's, from the same port to another host");
    assert!(!own.contains(address("10.0.0.1:40001"), remote));
    drop(open);
    assert!(!own.contains(local, remote));
}

#[test]
fn a_nat64_address_of_the_local_prefix_was_read_in_one_way_only() {
    let endpoints = EndpointAddresses::default();
    endpoints.add("rds.example", ["10.99.0.2".parse::<IpAddr>().unwrap()]);
    let settings = TunnelSettings { deny: vec!["192.168.0.0/16".parse().unwrap()], ..TunnelSettings::default() };
    let router = Router::new(Vec::new(), settings, endpoints);
    let name = Authority::parse("innocent.example:443").unwrap();
    let judged = |address: &str| router.check_resolved(&name, address.parse().unwrap());
    // The same address under prefixes of 48, 56, 64 and 96 bits (RFC 6052, 2.2), with any suffix.
    for wrapped in [
        "64:ff9b:1:a63:0:200::",
        "64:ff9b:1:a63:0:200:808:808",
        "64:ff9b:1:ab0a:63:2::",
        "64:ff9b:1:abcd:a:6300:200:0",
        "64:ff9b:1:abcd::a63:2",
        "64:ff9b:1::a63:2",
        "64:ff9b::a63:2",
    ] {
        assert!(matches!(judged(wrapped), Err(Refusal::EndpointAddress { .. })), "{wrapped}: {:?}", judged(wrapped));
    }
    assert!(matches!(judged("64:ff9b:1:a9fe:a9:fe00:808:808"), Err(Refusal::Metadata { .. })));
    assert!(matches!(judged("64:ff9b:1:7f00:0:100:808:808"), Err(Refusal::Loopback { .. })));
    assert!(matches!(judged("64:ff9b:1:c0a8:1:100:808:808"), Err(Refusal::NotAllowed { .. })));
    // The zeros of a longer prefix are not an address.
    for good in ["64:ff9b:1::808:808", "64:ff9b:1:abcd::808:808", "2001:db8::1"] {
        assert_eq!(judged(good), Ok(()), "{good}");
    }
}

#[test]
fn a_further_name_of_the_api_is_no_tunnels_target_and_no_tunnels_server_name() {
    let router = router(TunnelSettings::default());
    let routed = |text: &str| router.route(Authority::parse(text).unwrap());
    let preview = "rds-preview.us-east-2.amazonaws.com";
    assert!(matches!(routed(&format!("{preview}:443")), Ok(Route::Intercept(_))));
    assert_eq!(routed(&format!("{preview}:80")), Err(Refusal::RdsPort { port: 80 }));
    assert_eq!(
        router.check_server_name("RDS-preview.us-east-2.amazonaws.com."),
        Err(Refusal::SniMismatch { name: preview.into() })
    );
    for host in
        ["rds-preview.us-east-1.amazonaws.com", "rds-gamma.eu-west-1.api.aws", "x.rds-2.us-east-1.vpce.amazonaws.com"]
    {
        for spelled in [host.to_owned(), host.to_uppercase(), format!("{host}.")] {
            let refused = Err(Refusal::Lookalike { host: host.into() });
            assert_eq!(routed(&format!("{spelled}:443")).map(drop), refused, "{spelled}");
            assert_eq!(router.check_server_name(&spelled), refused, "{spelled}");
        }
    }
    let bucket = "rds-exports.s3.amazonaws.com";
    assert!(matches!(routed(&format!("{bucket}:443")), Ok(Route::Tunnel(_))));
    assert_eq!(router.check_server_name(bucket), Ok(()));
}
