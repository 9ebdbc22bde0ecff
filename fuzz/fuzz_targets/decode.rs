//! Bodies and queries: nothing panics, and a decoder written by others reads the same from whatever is let through.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use rds_guard::{
    aws::endpoint::{Recognised, recognise},
    decode::{self, ResourceIds, Scope, Settings},
    http1,
};

const HOST: &str = "rds.us-east-1.amazonaws.com";

fuzz_target!(|body: &[u8]| {
    let Recognised::Rds(host) = recognise(HOST) else { panic!("the host is known") };
    let mut request = format!(
        "POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    let request = http1::Request::parse(request.into()).expect("the head is well formed");
    let Ok(call) = decode::api_call(request, &host, &Settings::default()) else { return };
    let mut theirs: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    assert_eq!(theirs.remove("Action").as_deref(), Some(call.action().name()));
    assert_eq!(theirs.remove("Version").as_deref(), Some("2014-10-31"));
    let ours: BTreeMap<String, String> = call
        .parameters()
        .map(|(name, value)| match value {
            decode::Value::Plain(value) => (name.to_owned(), value.to_owned()),
            decode::Value::Secret(secret) => (name.to_owned(), secret.expose().to_owned()),
        })
        .collect();
    assert_eq!(ours, theirs);
    let resource_ids = ResourceIds::default();
    let scope = Scope { region: host.region(), account: None, resource_ids: &resource_ids };
    let resolution = call.resolve(&scope);
    assert!(!resolution.resources.is_empty());
    assert_eq!(resolution.resources.len(), resolution.details.len());
});
