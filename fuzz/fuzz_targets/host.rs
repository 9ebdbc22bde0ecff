//! Host names: nothing panics, a recognised name is canonical, and none is recognised in one spelling only.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rds_guard::aws::endpoint::{Recognised, RdsHost, recognise, vpc_endpoint_id};

fn found(name: &str) -> Option<RdsHost> {
    match recognise(name) {
        Recognised::Rds(host) => Some(host),
        Recognised::Lookalike | Recognised::Other => None,
    }
}

fuzz_target!(|name: &str| {
    let _ = vpc_endpoint_id(name);
    let Some(host) = found(name) else { return };
    let bare = name.strip_suffix('.').unwrap_or(name);
    assert_eq!(host.name(), bare.to_ascii_lowercase());
    for spelling in [host.name().to_owned(), host.name().to_ascii_uppercase(), format!("{}.", host.name())] {
        assert_eq!(found(&spelling).as_ref(), Some(&host));
    }
    assert!(found(&format!("{}.example", host.name())).is_none());
    assert!(host.name().contains(host.region().as_str()) || host.name() == "rds.amazonaws.com");
});
