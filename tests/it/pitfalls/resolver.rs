//! Whom the proxy asks for names: seen from outside, in a network of its own.

use std::fs;

use crate::support::{
    plainly::call,
    space::Spaces,
    stage::{ALLOW_READS, HOST, Stage},
    tools::{self, NFT},
};

#[test]
fn names_are_asked_of_the_servers_of_resolv_conf_and_of_nobody_else() {
    if !tools::available(&[&NFT]) {
        return;
    }
    let Some(spaces) = Spaces::join() else { return };
    let configured = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let servers: Vec<&str> =
        configured.lines().filter_map(|line| line.strip_prefix("nameserver ")).map(str::trim).collect();
    let (v6, v4): (Vec<&str>, Vec<&str>) = servers.iter().partition(|server| server.contains(':'));
    let expected = |family: &str, servers: &[&str]| {
        if servers.is_empty() {
            String::new()
        } else {
            format!("{family} daddr {{ {} }} counter name asked drop\n", servers.join(", "))
        }
    };
    // What leaves the pod for anywhere but the cable's other end is counted, and goes no further.
    let rules = format!(
        "table inet watch {{\ncounter asked {{ }}\ncounter stray {{ }}\nchain from_pod {{\ntype filter hook prerouting priority 0;\n\
         ip daddr 10.97.0.0/24 accept\nip6 daddr {{ fd97::/64, fe80::/10, ff00::/8 }} accept\n{}{}\
         meta l4proto {{ tcp, udp }} counter name stray drop\n}}\n}}\n",
        expected("ip", &v4),
        expected("ip6", &v6),
    );
    assert!(spaces.world.runs_with("nft -f -", &rules), "{rules}");
    assert!(spaces.pod.runs("ip route add default via 10.97.0.2 && ip -6 route add default via fd97::2"));
    let (sandbox, key) = spaces.pod.within(Stage::sandbox);
    let address = sandbox.address();
    let unknown = "eu-west-1=vpce-0fffffffffffffff0-ffffffff.rds.eu-west-1.vpce.amazonaws.com";
    let arguments =
        ["--endpoint", unknown, "RDS_GUARD_UPSTREAM__CONNECT=1s", "RDS_GUARD_IDENTITY__OWN_CREDENTIALS=false"];
    let stage = spaces.pod.within(|| Stage::before(sandbox, key, address, ALLOW_READS, &arguments));
    let elsewhere = stage.signed("eu-west-1", "DescribeDBInstances", &[]).replace(HOST, "rds.eu-west-1.amazonaws.com");
    let answer = spaces.pod.within(|| {
        let connect = "rds.eu-west-1.amazonaws.com";
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(stage.exchange_with(connect, elsewhere.as_bytes()))
    });
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(spaces.pod.within(|| call(&stage.guard, &stage.good())).starts_with("HTTP/1.1 200 "));
    assert!(spaces.world.runs("nft list counter inet watch stray | grep -q 'packets 0 '"), "somebody else was asked");
    let loopback = servers.iter().all(|server| server.starts_with("127.") || *server == "::1");
    let asked = spaces.world.runs("nft list counter inet watch asked | grep -qv 'packets 0 '");
    assert!(loopback || asked, "those were asked");
}
