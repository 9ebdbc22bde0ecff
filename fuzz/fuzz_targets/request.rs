//! Whole requests: nothing panics, and what is let through has one head, one body and one meaning.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rds_guard::{
    aws::endpoint::{Recognised, recognise},
    decode::{self, ResourceIds, Scope, Settings},
    http1,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(request) = http1::Request::parse(Bytes::copy_from_slice(bytes)) else { return };
    // Sealed bytes: head and body are what came off the wire, and nothing else is.
    assert_eq!([request.head_bytes().as_ref(), request.body().as_ref()].concat(), bytes);
    let hosts = request.header_values("host").count();
    assert_eq!(hosts, 1);
    let Recognised::Rds(host) = recognise("rds.us-east-1.amazonaws.com") else { panic!("the host is known") };
    let Ok(call) = decode::api_call(request, &host, &Settings::default()) else { return };
    let resource_ids = ResourceIds::default();
    let scope = Scope { region: host.region(), account: None, resource_ids: &resource_ids };
    assert!(!call.resolve(&scope).resources.is_empty());
    assert_eq!([call.request().head_bytes().as_ref(), call.request().body().as_ref()].concat(), bytes);
});
