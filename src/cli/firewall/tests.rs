//! Which rules result from which listeners. The integration tests load them in a network namespace and check their
//! effect.

use super::{Rules, USUAL_PORT, iptables, nft};

fn rules(listeners: &[&str]) -> Result<Rules, String> {
    let listeners: Vec<_> = listeners.iter().map(|listener| listener.parse().unwrap()).collect();
    Rules::new(1337, &listeners).map_err(|failure| failure.to_string())
}

#[test]
fn each_family_is_redirected_to_its_listener_and_shut_where_there_is_none() {
    let cases: [(&[&str], Option<u16>, Option<u16>); 5] = [
        (&[], Some(USUAL_PORT), Some(USUAL_PORT)),
        (&["127.0.0.1:8443"], Some(8443), None),
        (&["[::1]:8443"], None, Some(8443)),
        (&["127.0.0.1:8443", "[::1]:9443"], Some(8443), Some(9443)),
        (&["[::]:8443"], Some(8443), Some(8443)),
    ];
    for (listeners, v4, v6) in cases {
        let rules = rules(listeners).unwrap();
        assert_eq!((rules.v4, rules.v6), (v4, v6), "{listeners:?}");
        let (nft, iptables) = (nft::rules(&rules), iptables::rules(&rules));
        for (family, command, port) in [("ipv4", "iptables", v4), ("ipv6", "ip6tables", v6)] {
            let shown = port.map(|port| port.to_string()).unwrap_or_default();
            let redirect = format!("meta nfproto {family} tcp dport 443 redirect to :{shown}");
            assert_eq!(nft.contains(&redirect), port.is_some(), "{nft}");
            let redirect =
                format!("{command} -w -t nat -A RDS_GUARD_TO_PROXY -p tcp --dport 443 -j REDIRECT --to-ports {shown}");
            assert_eq!(iptables.contains(&redirect), port.is_some(), "{iptables}");
            let reject =
                format!("\n{command} -w -A RDS_GUARD_SHUT -p tcp --dport 443 -j REJECT --reject-with tcp-reset\n");
            assert!(iptables.contains(&reject), "{iptables}");
        }
        assert!(nft.contains("        tcp dport 443 reject with tcp reset\n"), "{nft}");
    }
}

#[test]
fn the_exemption_of_the_proxy_stands_before_every_other_rule() {
    let rules = rules(&[]).unwrap();
    let nft = nft::rules(&rules);
    assert_eq!(
        nft.matches("policy accept;\n        meta skuid 1337 return\n        oifname \"lo\" return\n").count(),
        2
    );
    for line in iptables::rules(&rules).lines().filter(|line| line.contains(" -N ")) {
        let (command, name) = (line.split(" -N ").next().unwrap(), line.rsplit(' ').next().unwrap());
        let first = format!("{line}\n{command} -A {name} -m owner --uid-owner 1337 -j RETURN\n");
        assert!(iptables::rules(&rules).contains(&first), "{first}");
    }
}

#[test]
fn listeners_that_no_redirect_reaches_are_refused_with_what_to_do() {
    for listener in ["10.0.0.5:8443", "[fd00::5]:8443", "127.0.0.1:0"] {
        let failure = rules(&[listener]).unwrap_err();
        assert!(failure.contains(listener) && failure.contains("next: "), "{failure}");
    }
}
