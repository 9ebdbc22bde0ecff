//! The listeners for clients that read no proxy variable: the JavaScript SDK and Java with their defaults, which
//! trust the roots that the sidecar has published and are not aware of anything else.

use serde_json::Value;

use super::{
    container::Container,
    scene::{Pod, RUN, configuration},
};
use crate::{
    clients::matrix::{Unproxied, unproxied},
    support::{
        space::Families,
        stage::HOST,
        tools::{self, IPTABLES, NFT, Tool},
    },
};

const DIRECT: &str = "listen_direct = [\"127.0.0.1:443\", \"[::1]:443\"]";
const DIRECT_V6: &str = "listen = \"[::1]:3128\"\nadmin = \"[::1]:9901\"\nlisten_direct = \"[::1]:443\"";
const TRANSPARENT: &str = "listen_transparent = [\"127.0.0.1:15443\", \"[::1]:15443\"]";
const TRANSPARENT_V6: &str = "listen = \"[::1]:3128\"\nadmin = \"[::1]:9901\"\nlisten_transparent = \"[::1]:15443\"";

#[test]
fn by_direct_the_service_names_lead_to_the_sidecar() {
    for (families, further, hosts) in [
        (Families::Both, DIRECT, format!("127.0.0.1 localhost {HOST}\n::1 {HOST}\n")),
        (Families::V6, DIRECT_V6, format!("::1 localhost {HOST}\n")),
    ] {
        each("direct", families, further, |pod| {
            // Host aliases, and the port that the sidecar's user may bind.
            pod.write("hosts", &hosts);
            pod.set("net.ipv4.ip_unprivileged_port_start", "0");
        });
    }
}

#[test]
fn a_port_that_the_sidecars_user_may_not_have_is_told_with_the_setting_that_gives_it() {
    let Some(pod) = Pod::make(Families::Both, &configuration(DIRECT, "")) else { return };
    let said = pod.run(&pod.sidecar(), &RUN);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("next: set the sysctl net.ipv4.ip_unprivileged_port_start to 443 or less"), "{said:?}");
}

#[test]
fn by_transparent_with_nftables_the_network_leads_to_the_sidecar() {
    transparent("nft", &NFT, &[(Families::Both, TRANSPARENT), (Families::V6, TRANSPARENT_V6)]);
}

#[test]
fn by_transparent_with_iptables_the_network_leads_to_the_sidecar() {
    transparent("iptables", &IPTABLES, &[(Families::Both, TRANSPARENT)]);
}

fn transparent(dialect: &str, tool: &Tool, pods: &[(Families, &str)]) {
    if !tools::available(&[tool]) {
        return;
    }
    for (families, further) in pods {
        each(&format!("transparent, {dialect}"), *families, further, |pod| pod.load_rules(dialect));
    }
}

/// A pod for each client.
fn each(way: &str, families: Families, further: &str, prepare: impl Fn(&Pod)) {
    for client in unproxied("/run/rds-guard") {
        let Some(pod) = Pod::make(families, &configuration(further, "")) else { return };
        prepare(&pod);
        let sidecar = pod.start_sidecar(&pod.sidecar());
        calls(&pod, &client, &format!("{way}, {families:?}, {}", client.name));
        holds(&sidecar, &pod);
    }
}

/// Makes one call that is allowed and one that is denied.
fn calls(pod: &Pod, client: &Unproxied, what: &str) {
    let mut image = pod.service();
    // Only credentials and the trusted roots, and in particular no proxy variables.
    image.variables.retain(|(name, _)| {
        !["HTTPS_PROXY", "NO_PROXY", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"].contains(&name.as_str())
    });
    for (name, value) in &client.trust {
        image = image.with(name, value);
    }
    let checks = ["allowed_call", "denied_call"];
    let program: Vec<&str> = client.command.iter().map(String::as_str).chain(checks).collect();
    let said = pod.run(&image, &program);
    assert_eq!(said.code, Some(0), "{what}: {said:?}");
    let lines: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["detail"], "arn:aws:rds:us-east-1:123456789012:db:orders", "{what}");
    let told = lines[1]["detail"]["message"].as_str().unwrap();
    let denied = "rds:StopDBInstance on resource: arn:aws:rds:us-east-1:unknown:db:orders with an explicit deny in a VPC \
                  endpoint policy (statement \"NeverStop\") [rds-guard]";
    assert!(told.contains(denied), "{what}: {told}");
}

/// Checks what arrived at the endpoint, and what the sidecar has recorded.
fn holds(sidecar: &Container, pod: &Pod) {
    let came: Vec<_> = pod.sandbox.arrivals().into_iter().map(|arrival| (arrival.action, arrival.verified)).collect();
    let key = Some(pod.key.access_key_id.to_string());
    let of = |action: &str| (Some(action.to_owned()), key.clone());
    assert_eq!(came, [of("CreateDBInstance"), of("DescribeDBInstances")], "as they were signed, and nothing else");
    let denials = || sidecar.out().lines().filter(|line| line.contains("\"reason\":\"explicit_deny\"")).count();
    super::container::until("the record", || denials() == 1);
}
