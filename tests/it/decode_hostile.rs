//! Hostile requests, from the bytes on the wire to the one answer that is right.

use std::{fmt::Debug, fs, path::Path};

use bytes::Bytes;
use rds_guard::{
    aws::endpoint::{RdsHost, Recognised, recognise},
    decode::{self, ResourceIds, Scope, Settings},
    http1,
};
use serde_json::{Value, json};

fn host() -> RdsHost {
    let Recognised::Rds(host) = recognise("rds.us-east-1.amazonaws.com") else { panic!("the host is known") };
    host
}

fn bytes(parts: &Value) -> Bytes {
    let mut bytes = Vec::new();
    let latin = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
    for part in parts.as_array().unwrap() {
        match part.as_str() {
            Some(text) => bytes.extend(latin(text)),
            None => {
                let times = usize::try_from(part["times"].as_u64().unwrap()).unwrap();
                bytes.extend(latin(part["repeat"].as_str().unwrap()).repeat(times));
            }
        }
    }
    bytes.into()
}

fn refused(room: &str, error: &impl Debug) -> Value {
    let text = format!("{error:?}");
    let variant = text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap();
    json!({ "refuse": format!("{room}:{variant}") })
}

fn answer(request: Bytes) -> Value {
    let request = match http1::Request::parse(request) {
        Ok(request) => request,
        Err(error) => return refused("http1", &error),
    };
    let host = host();
    let call = match decode::api_call(request, &host, &Settings::default()) {
        Ok(call) => call,
        Err(error) => return refused("decode", &error),
    };
    let resource_ids = ResourceIds::default();
    let scope = Scope { region: host.region(), account: "123456789012".parse().ok(), resource_ids: &resource_ids };
    let resolution = call.resolve(&scope);
    let mut resources: Vec<_> = resolution.resources.iter().map(|resource| resource.arn.to_string()).collect();
    resources.sort();
    json!({ "accept": { "action": call.action().as_str(), "resources": resources, "unknown": call.unknown_parameters() } })
}

#[test]
fn every_hostile_request_gets_the_one_right_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hostile");
    let mut seen = 0;
    let mut wrong = Vec::new();
    for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in fs::read_to_string(file).unwrap().lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let found = answer(bytes(&case["request"]));
            if found != case["expect"] {
                wrong.push(format!("{} {}: {found} instead of {}", case["id"], case["note"], case["expect"]));
            }
            seen += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(seen >= 600, "{seen}");
}
