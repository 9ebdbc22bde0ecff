//! `doctor` in pods: what is found of names, addresses, clocks, ways around and other users' processes, and a pod in which
//! much is broken at once, until it is not.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;

use super::{
    client,
    container::{Container, Image, Said, USUAL, until},
    page, python,
    scene::{Pod, SERVICE, SIDECAR, configuration},
};
use crate::{
    faults::{dns::Says, lab::clock_library},
    support::{
        space::Families,
        stage::{DNS, HOST},
        tools::{self, NFT},
    },
};

const DOCTOR: [&str; 3] = ["/rds-guard", "doctor", "--config=/etc/rds-guard/rds-guard.toml"];

/// Neither the sidecar's user nor the service's.
const SOMEBODY: u32 = 12345;

/// Addresses of the public, which this pod can reach.
const PUBLIC: [&str; 2] = ["52.94.5.1", "52.94.5.2"];

/// A pod in which the sidecar runs, and a service that does nothing.
struct Ward {
    pod: Pod,
    sidecar: Container,
    _service: Container,
}

impl Ward {
    fn open(further: &str, rules: Option<&str>) -> Option<Self> {
        Self::open_with(&configuration(further, ""), rules)
    }

    fn open_with(configuration: &str, rules: Option<&str>) -> Option<Self> {
        if !rules.is_none_or(|dialect| tools::available_for(dialect, &[tools::firewall(dialect)])) {
            return None;
        }
        let pod = Pod::make(Families::Both, configuration)?;
        rules.inspect(|dialect| pod.load_rules(dialect));
        let sidecar = pod.start_sidecar(&pod.sidecar());
        let service = sleeping(&pod, &pod.service());
        Some(Self { pod, sidecar, _service: service })
    }

    /// What is found as a user in the service's container: exit code and codes, the worst first.
    fn found(&self, user: u32) -> (Option<i32>, Vec<String>) {
        self.found_in(&self.pod.service().of(user), &[])
    }

    fn found_in(&self, image: &Image, flags: &[&str]) -> (Option<i32>, Vec<String>) {
        let said = self.pod.run(image, &[&DOCTOR[..], &["--format=json"], flags].concat());
        let report: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"));
        let findings = report["findings"].as_array().unwrap();
        (said.code, findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect())
    }
}

/// A process that does nothing, once it does that.
fn sleeping(pod: &Pod, image: &Image) -> Container {
    let container = pod.start(image, &["sleep", "1000"]);
    until("a process", || {
        fs::read_to_string(format!("/proc/{}/comm", container.pid())).is_ok_and(|name| name == "sleep\n")
    });
    container
}

fn codes(code: i32, codes: &[&str]) -> (Option<i32>, Vec<String>) {
    (Some(code), codes.iter().map(|code| (*code).to_owned()).collect())
}

#[test]
fn who_asks_decides_what_can_be_seen_and_the_way_around_is_open_without_rules() {
    let Some(ward) = Ward::open("", None) else { return };
    for user in [SERVICE, SOMEBODY, 0] {
        assert_eq!(ward.found(user), codes(1, &["endpoint-around-proxy", "processes-hidden"]), "{user}");
    }
    assert_eq!(ward.found(SIDECAR), codes(0, &["processes-hidden", "way-around-not-tried"]));
    // Who may debug the others sees all of them.
    let mut debugger = ward.pod.service().of(0);
    debugger.capabilities = "-all,+sys_ptrace,+dac_read_search";
    assert_eq!(ward.found_in(&debugger, &[]), codes(1, &["endpoint-around-proxy"]));
    let in_its_container = ward.found_in(&ward.pod.sidecar(), &["--sidecar"]);
    assert_eq!(in_its_container, codes(0, &["way-around-not-tried"]));
    // A manifest that mounts the authority's own volume into the service's container gives the key to root there.
    let mut with_state = ward.pod.service().of(0);
    with_state.capabilities = USUAL;
    with_state.mounts = format!("{}\n{}", with_state.mounts, ward.pod.volume("state", "/var/lib/rds-guard", "ro"));
    let exposed = codes(1, &["authority-key-readable", "endpoint-around-proxy", "processes-hidden"]);
    assert_eq!(ward.found_in(&with_state, &[]), exposed);
    assert_eq!(ward.found_in(&with_state.of(SERVICE), &[]).1[0], "endpoint-around-proxy", "it may not read it");
    // A process of the service as the sidecar's user, which that user can see.
    let _wrong = sleeping(&ward.pod, &ward.pod.service().of(SIDECAR));
    let wanted = codes(1, &["service-as-proxys-user", "processes-hidden", "way-around-not-tried"]);
    assert_eq!(ward.found(SIDECAR), wanted);
}

#[test]
fn where_rules_shut_the_way_around_nothing_is_wrong_for_those_whom_they_shut_out() {
    const TRANSPARENT: &str = "listen_transparent = [\"127.0.0.1:15443\", \"[::1]:15443\"]";
    for (rules, further) in [("nft", ""), ("iptables", ""), ("nft", TRANSPARENT), ("iptables", TRANSPARENT)] {
        let Some(ward) = Ward::open(further, Some(rules)) else { continue };
        for user in [SERVICE, SOMEBODY, 0] {
            assert_eq!(
                ward.found(user),
                codes(0, &["processes-hidden", "way-around-shut"]),
                "{rules} {further} {user}"
            );
        }
        // The public API is not within reach either, though something answers at its address.
        ward.pod.names.set(HOST, Says::Addresses(vec![PUBLIC[0].parse().unwrap()], 60));
        ward.pod.add_public(&PUBLIC[..1]);
        assert_eq!(ward.found(SERVICE), codes(0, &["processes-hidden", "way-around-shut"]), "{rules} {further}");
        // The proxy's user is not shut out, and sees an endpoint that is closed for what it is.
        ward.pod.names.set(DNS, Says::Addresses(vec!["10.97.0.9".parse().unwrap()], 60));
        let closed = ward.found_in(&ward.pod.sidecar(), &["--sidecar"]);
        assert_eq!(closed, codes(1, &["endpoint-port-closed"]), "{rules} {further}");
    }
}

#[test]
fn without_a_proxy_variable_the_names_must_lead_to_the_direct_listener() {
    const DIRECT: &str = "listen_direct = [\"127.0.0.1:443\", \"[::1]:443\"]";
    let Some(pod) = Pod::make(Families::Both, &configuration(DIRECT, "")) else { return };
    pod.set("net.ipv4.ip_unprivileged_port_start", "0");
    let sidecar = pod.start_sidecar(&pod.sidecar());
    let mut image = pod.service();
    image.variables.retain(|(name, _)| name != "HTTPS_PROXY");
    let service = sleeping(&pod, &image);
    let ward = Ward { pod, sidecar, _service: service };
    for (hosts, leads) in [
        (format!("127.0.0.1 localhost\n127.0.0.1 {HOST}\n::1 {HOST}\n"), true),
        (format!("127.0.0.1 localhost {HOST}\n"), true),
        // One family that leads elsewhere is a way past the proxy.
        (format!("127.0.0.1 {HOST}\nfd97::9 {HOST}\n"), false),
        ("127.0.0.1 localhost\n".to_owned(), false),
    ] {
        ward.pod.write("hosts", &hosts);
        let (_, found) = ward.found_in(&image, &[]);
        let said = found.iter().filter(|code| *code == if leads { "proxy-variable-not-set" } else { "name-not-led" });
        // Of doctor itself, and of the service.
        assert_eq!(said.count(), 2, "{hosts}: {found:?}");
        assert!(found.contains(&"name-not-led".to_owned()) != leads, "{hosts}: {found:?}");
    }
}

#[test]
fn names_that_lead_nowhere_or_out_of_the_vpc_are_found() {
    let Some(ward) = Ward::open("", None) else { return };
    let at = |address: &str| Says::Addresses(vec![address.parse().unwrap()], 60);
    for (says, wanted) in [
        (Says::NoName, "endpoint-not-resolved"),
        (Says::NoAddress, "endpoint-not-resolved"),
        (Says::Code(2), "endpoint-not-resolved"),
        // An address of the pod itself is no endpoint.
        (at("127.0.0.1"), "endpoint-not-resolved"),
    ] {
        ward.pod.names.set(DNS, says.clone());
        assert_eq!(ward.found(SERVICE), codes(1, &[wanted, "processes-hidden"]), "{says:?}");
    }
    ward.pod.add_public(&PUBLIC);
    ward.pod.names.set(DNS, at(PUBLIC[0]));
    let public = codes(1, &["endpoint-public", "endpoint-around-proxy", "processes-hidden"]);
    assert_eq!(ward.found(SERVICE), public);
    ward.pod.names.set(DNS, at("10.97.0.2"));
    ward.pod.names.set(HOST, at(PUBLIC[1]));
    let reachable = codes(1, &["endpoint-around-proxy", "public-api-reachable", "processes-hidden"]);
    assert_eq!(ward.found(SERVICE), reachable);
    assert_eq!(ward.found(SIDECAR).0, Some(0), "the proxy's user may");
}

#[test]
fn a_clock_that_is_off_is_found_by_the_endpoints_answer() {
    let Some(ward) = Ward::open("", None) else { return };
    for (minutes, is_off) in [(-20, true), (-4, false), (4, false), (20, true)] {
        let image = off_by(&ward.pod, ward.pod.service(), minutes);
        let (_, found) = ward.found_in(&image, &[]);
        assert_eq!(found.iter().any(|code| code == "clock-off"), is_off, "{minutes}: {found:?}");
    }
}

#[test]
fn by_a_corporate_proxy_the_endpoint_is_not_looked_at() {
    let Some(ward) = Ward::open("", None) else { return };
    let by_proxy = configuration("", "")
        .replace("[upstream]\n", "[upstream]\nproxy = \"http://10.97.0.3:3128\"\nproxy_rds = true\n");
    ward.pod.configure(&by_proxy);
    // What the name leads to makes no difference, since the other proxy asks for it.
    ward.pod.names.set(DNS, Says::NoName);
    assert_eq!(ward.found(SERVICE), codes(0, &["processes-hidden", "endpoint-by-corporate-proxy"]));
    let text = ward.pod.run(&ward.pod.service(), &DOCTOR).out;
    assert!(text.ends_with("what it reaches is not seen from here\n"), "{text}");
}

#[test]
fn a_pod_in_which_much_is_broken_is_well_after_the_remedies() {
    if !tools::available(&[&NFT]) {
        return;
    }
    let typo = "vpce-0fedcba9876543210-abcd1234.rds.us-east-1.vpce.amazonaws.com";
    let broken = configuration("", "").replace("\"enforce\"", "\"audit\"").replace(DNS, typo);
    let Some(mut ward) = Ward::open_with(&broken, None) else { return };
    let pod = &ward.pod;
    pod.names.set(typo, Says::Addresses(vec![PUBLIC[0].parse().unwrap()], 60));
    pod.add_public(&PUBLIC[..1]);
    let ill = pod.service().with("NO_PROXY", "localhost,.amazonaws.com").with("AWS_CA_BUNDLE", "/run/rds-guard/ca.pem");
    let ill = off_by(pod, ill, 20);
    let mut page = String::new();

    let bare = Image { variables: vec![("AWS_REGION".into(), "us-east-1".into())], ..pod.service() };
    let worker = sleeping(pod, &bare);
    let (before, all) = tell(pod, &ill, &mut page);
    assert_eq!(before.code, Some(1));
    for code in [
        "no-proxy-covers-rds",
        "bundle-without-public-roots",
        "proxy-variable-missing",
        "trust-variable-missing",
        "endpoint-public",
        "clock-off",
        "mode-audit",
        "endpoint-around-proxy",
        "processes-hidden",
    ] {
        assert!(all.contains(&code), "{code} is not among {all:?}");
    }

    page.push_str(
        "\n# What the remedies say is done: NO_PROXY and AWS_CA_BUNDLE as `rds-guard env` prints them, for the other\n\
         # process too; the clock set; the endpoint's own DNS name; mode = \"enforce\"; the rules loaded.\n\n",
    );
    drop(worker);
    let _worker = sleeping(pod, &pod.service());
    pod.configure(&configuration("", ""));
    pod.load_rules("nft");
    ward.sidecar.signal(Signal::KILL);
    // Its port is free once it has ended.
    until("the end of the sidecar", || ward.sidecar.has_ended());
    ward.sidecar = pod.start_sidecar(&pod.sidecar());
    let (after, all) = tell(pod, &pod.service(), &mut page);
    assert_eq!((after.code, all.as_slice()), (Some(0), &["processes-hidden", "way-around-shut"][..]), "{}", after.out);

    page.push_str("\n# In the sidecar's container, where the endpoint is seen:\n\n");
    let said = pod.run(&pod.sidecar(), &[&DOCTOR[..], &["--sidecar"]].concat());
    show("rds-guard doctor --sidecar", &said, &mut page);
    assert_eq!(said.code, Some(0), "{said:?}");
    page::hold("doctor.md", "a broken pod", &page);
    if let Some(python) = python() {
        let calls = [&*python, &*client("boto3_calls.py"), "allowed_call", "denied_call"];
        let called = pod.run(&pod.service(), &calls);
        assert_eq!(called.code, Some(0), "what doctor finds nothing wrong with does not work: {called:?}");
    }
}

/// Runs it for people, and shows what it said; gives that, and the codes in it.
fn tell<'a>(pod: &Pod, image: &Image, page: &mut String) -> (Said, Vec<&'a str>) {
    let said = pod.run(image, &DOCTOR);
    show("rds-guard doctor", &said, page);
    let known = CODES.into_iter();
    let codes = known.filter(|code| said.out.contains(&format!("[{code}]"))).collect();
    (said, codes)
}

fn show(command: &str, said: &Said, page: &mut String) {
    page.push_str(&format!("$ {command}\n{}$ echo $?\n{}\n", said.out, said.code.unwrap()));
}

/// The codes that a broken pod may show, in the order of severity.
const CODES: [&str; 12] = [
    "no-proxy-covers-rds",
    "bundle-without-public-roots",
    "proxy-variable-missing",
    "trust-variable-missing",
    "endpoint-public",
    "clock-off",
    "endpoint-port-closed",
    "endpoint-certificate",
    "mode-audit",
    "endpoint-around-proxy",
    "processes-hidden",
    "way-around-shut",
];

/// A container whose clock differs by minutes.
fn off_by(pod: &Pod, mut image: Image, minutes: i64) -> Image {
    let offset = pod.path("clock");
    fs::write(&offset, (minutes * 60).to_ne_bytes()).unwrap();
    let library = clock_library();
    image.mounts = format!("{}\n{} /clock.so ro\n{} /clock ro", image.mounts, library.display(), offset.display());
    image.with("LD_PRELOAD", "/clock.so").with("CLOCK_OFFSET", "/clock")
}
