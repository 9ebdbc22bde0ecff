//! A pod without any IPv4: not even a loopback address of it.

use std::io::{Read as _, Write as _};

use super::{
    client, python,
    scene::{Pod, RUN, configuration},
};
use crate::support::space::Families;

const FURTHER: &str = "listen = \"[::1]:3128\"\nadmin = \"[::1]:9901\"";

#[test]
fn in_a_pod_of_ipv6_alone_boto3_calls_an_endpoint_that_has_no_other_address() {
    let Some(python) = python() else { return };
    // The addresses of probes from outside are of either family: `[::]` takes both.
    let configuration = configuration(FURTHER, "").replace("0.0.0.0:9902", "[::]:9902");
    let Some(pod) = Pod::make(Families::V6, &configuration) else { return };
    let sidecar = pod.start_sidecar(&pod.sidecar());
    let addresses = sidecar.exec(0, &["/usr/sbin/ip", "-4", "address"]);
    assert_eq!((addresses.code, addresses.out.as_str()), (Some(0), ""));
    let probe = pod.outside(|| {
        let mut stream = std::net::TcpStream::connect("[fd97::1]:9902").unwrap();
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(probe.starts_with("HTTP/1.1 200 "), "{probe}");
    let checks = ["allowed_call", "denied_call"];
    let said = pod.run(&pod.service(), &[&[&*python, &*client("boto3_calls.py")], &checks[..]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("arn:aws:rds:us-east-1:123456789012:db:orders") && said.out.contains("AccessDenied"));
    let came: Vec<_> = pod.sandbox.arrivals().into_iter().filter_map(|arrival| arrival.action).collect();
    assert_eq!(came, ["CreateDBInstance", "DescribeDBInstances"]);
}

#[test]
fn the_listeners_of_ipv4_that_are_the_default_say_what_is_wrong_with_them_there() {
    let Some(pod) = Pod::make(Families::V6, &configuration("", "")) else { return };
    let said = pod.run(&pod.sidecar(), &RUN);
    assert_eq!(said.code, Some(3), "{said:?}");
    let told =
        "rds-guard: next: nothing here has the address 127.0.0.1: choose one that does exist, such as [::1]:3128";
    assert!(said.err.contains(told), "{said:?}");
}
