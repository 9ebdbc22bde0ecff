//! Whatever is let through, a decoder written by others reads the same action, identifiers and tags from it.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rds_guard::{
    aws::endpoint::{RdsHost, Recognised, recognise},
    aws::rds::OPERATIONS,
    decode::{self, ResourceIds, Scope, Settings},
    http1,
};

use crate::support::tools::{self, PYTHON};

const HOST: &str = "rds.us-east-1.amazonaws.com";

fn host() -> RdsHost {
    let Recognised::Rds(host) = recognise(HOST) else { panic!("the host is known") };
    host
}

fn decoded(body: &str) -> Result<decode::ApiCall, decode::Error> {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let request = http1::Request::parse(Bytes::from(head + body)).unwrap();
    decode::api_call(request, &host(), &Settings::default())
}

/// What another decoder reads: the last of several values, as maps do.
fn reference(body: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

/// What we read: the parameters without action and version.
fn read(call: &decode::ApiCall) -> BTreeMap<String, String> {
    let text = |value| match value {
        decode::Value::Plain(value) => String::from(value),
        decode::Value::Secret(secret) => secret.expose().to_owned(),
    };
    call.parameters().map(|(name, value)| (name.to_owned(), text(value))).collect()
}

/// A name with `*` for each label of a list's elements, which has two spellings.
fn without_labels(name: &str) -> String {
    let mut labels: Vec<&str> = name.split('.').collect();
    for at in 1..labels.len() {
        if labels[at].starts_with(|c: char| c.is_ascii_digit() || c == '#') {
            labels[at - 1] = "*";
        }
    }
    labels.join(".")
}

/// Whether a name is that of a list, of which an empty value says that it has no elements.
fn is_list(call: &decode::ApiCall, name: &str) -> bool {
    let index = |label: &'static str, found: &str| found.starts_with(|c: char| c.is_ascii_digit()).then_some(label);
    let name = without_labels(name);
    let labels: Vec<&str> = name.split('.').map(|found| index("#", found).unwrap_or(found)).collect();
    let elements = format!("{}.*.", labels.join("."));
    let parameters = call.operation().map_or(&[][..], |operation| operation.parameters);
    parameters.iter().any(|known| without_labels(known.name).starts_with(&elements))
}

/// Parameters as they are alike to every reader: labels of lists left out, and empty lists.
fn alike(call: &decode::ApiCall, parameters: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let kept = parameters.iter().filter(|(name, value)| !value.is_empty() || !is_list(call, name));
    let mut pairs: Vec<_> = kept.map(|(name, value)| (without_labels(name), value.clone())).collect();
    pairs.sort();
    pairs
}

/// Holds what was let through against the reference.
fn agrees(body: &str) -> Result<bool, TestCaseError> {
    let Ok(call) = decoded(body) else { return Ok(false) };
    let mut theirs = reference(body);
    let action = theirs.remove("Action").unwrap_or_default();
    prop_assert_eq!(call.action().name(), action, "{}", body);
    theirs.remove("Version");
    prop_assert_eq!(alike(&call, &read(&call)), alike(&call, &theirs), "{}", body);
    tags_agree(&call, &theirs)?;
    Ok(true)
}

/// The tags that conditions see are those that the reference reads.
fn tags_agree(call: &decode::ApiCall, theirs: &BTreeMap<String, String>) -> Result<(), TestCaseError> {
    let resource_ids = ResourceIds::default();
    let host = host();
    let scope = Scope { region: host.region(), account: None, resource_ids: &resource_ids };
    let resolution = call.resolve(&scope);
    for key in resolution.keys.iter().filter(|key| key.name().starts_with("aws:RequestTag/")) {
        let name = key.name().strip_prefix("aws:RequestTag/").unwrap();
        let parameters: Vec<_> = theirs.iter().filter(|(_, value)| *value == name).map(|(key, _)| key).collect();
        let values: Vec<_> = parameters
            .iter()
            .filter_map(|parameter| parameter.strip_suffix("Key"))
            .map(|stem| theirs.get(&format!("{stem}Value")).map_or("", String::as_str))
            .collect();
        prop_assert!(key.values().iter().all(|value| values.contains(&value.as_ref())), "{:?} {:?}", key, theirs);
    }
    Ok(())
}

fn operation() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (0..OPERATIONS.len()).prop_map(|at| OPERATIONS[at].name.to_owned()),
        1 => "[A-Za-z]{1,12}",
    ]
}

/// A text, escaped now and then where it need not be, and spoiled now and then.
fn escaped(text: &str, choices: &[u8]) -> String {
    let mut out = String::new();
    for (byte, choice) in text.bytes().zip(choices.iter().cycle()) {
        match choice % 16 {
            0 => out.push_str(&format!("%{byte:02x}")),
            1 => out.push_str(&format!("%{byte:02X}")),
            _ if byte == b' ' => out.push('+'),
            _ if byte.is_ascii_alphanumeric() || b"-._~:/*".contains(&byte) => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn parameter() -> impl Strategy<Value = (String, String)> {
    let known: Vec<&str> =
        OPERATIONS.iter().flat_map(|operation| operation.parameters).map(|known| known.name).collect();
    let name = prop_oneof![
        8 => (0..known.len(), 1..12u32).prop_map(move |(at, index)| known[at].replace('#', &index.to_string())),
        1 => "[A-Za-z.0-9]{1,16}",
        1 => "[ -~]{0,8}",
    ];
    let value =
        prop_oneof![4 => "[a-zA-Z0-9-]{0,12}", 1 => "[0-9]{1,4}", 1 => "true|false", 1 => "\\PC{0,8}", 1 => ".{0,6}"];
    (name, value)
}

/// A parameter of the operation itself, so that requests get far.
fn own_parameters(action: &str, picks: &[(usize, u32, String)]) -> Vec<(String, String)> {
    let Some(operation) = OPERATIONS.iter().find(|operation| operation.name == action) else { return Vec::new() };
    let mut own: Vec<(String, String)> =
        operation.required.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
    for (at, index, value) in picks {
        if let Some(parameter) = operation.parameters.get(at % operation.parameters.len().max(1)) {
            own.push((parameter.name.replace('#', &index.to_string()), value.clone()));
        }
    }
    own
}

fn body() -> impl Strategy<Value = String> {
    let picks = prop::collection::vec((0..100usize, 1..5u32, "[a-zA-Z0-9 -]{0,10}"), 0..6);
    let further = prop::collection::vec(parameter(), 0..3);
    (operation(), picks, further, prop::collection::vec(any::<u8>(), 1..64)).prop_map(
        |(action, picks, further, choices)| {
            let own = own_parameters(&action, &picks);
            let fixed = [("Action".to_owned(), action), ("Version".to_owned(), "2014-10-31".to_owned())];
            let pairs = fixed.into_iter().chain(own).chain(further);
            pairs
                .map(|(name, value)| format!("{}={}", escaped(&name, &choices), escaped(&value, &choices)))
                .collect::<Vec<_>>()
                .join("&")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn another_decoder_reads_the_same_from_whatever_is_let_through(body in body()) {
        agrees(&body)?;
    }

    #[test]
    fn another_decoder_reads_the_same_from_spoiled_bodies(
        body in body(),
        spoils in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = body.into_bytes();
        for (at, byte) in &spoils {
            let at = at.index(bytes.len());
            bytes[at] = b"&=%+;.#[]0Aa1 ~\t"[usize::from(*byte) % 16];
        }
        agrees(&String::from_utf8(bytes).unwrap())?;
    }

    #[test]
    fn no_text_makes_the_decoder_panic(body in ".{0,200}") {
        agrees(&body)?;
    }

    #[test]
    fn no_name_makes_host_recognition_panic_and_what_it_takes_is_canonical(name in "[ -~]{0,80}|(rds|rds-fips|vpce-[0-9a-f]{8,17}-[a-z0-9]{8})\\.[a-z0-9.-]{0,60}") {
        if let Recognised::Rds(host) = recognise(&name) {
            prop_assert_eq!(recognise(host.name()), Recognised::Rds(host.clone()));
            prop_assert!(host.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)));
        }
    }
}

/// Reads lines of `[body, {name: value}]` and says which of them Python reads otherwise.
const PARSE_QSL: &str = r#"
import json, sys, urllib.parse
for line in sys.stdin:
    body, ours = json.loads(line)
    pairs = urllib.parse.parse_qsl(body, keep_blank_values=True, max_num_fields=10000, errors="strict")
    if sorted(pairs) != sorted(ours.items()):
        print(body, pairs, ours)
"#;

#[test]
fn python_reads_the_same_from_whatever_is_let_through() {
    use std::{
        io::Write,
        process::{Command, Stdio},
    };
    if !tools::available(&[&PYTHON]) {
        return;
    }
    let mut python = Command::new("python3");
    let python = python.args(["-c", PARSE_QSL]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut python = python.unwrap();
    let mut runner = TestRunner::deterministic();
    let bodies = body();
    let mut lines = String::new();
    for _ in 0..4000 {
        let body = bodies.new_tree(&mut runner).unwrap().current();
        if let Ok(call) = decoded(&body) {
            let mut ours = read(&call);
            // What has two spellings is compared by the property above.
            if ours.keys().any(|name| !reference(&body).contains_key(name)) || ours.len() + 2 != reference(&body).len()
            {
                continue;
            }
            ours.insert("Action".to_owned(), call.action().name().to_owned());
            ours.insert("Version".to_owned(), "2014-10-31".to_owned());
            lines += &format!("{}\n", serde_json::json!([body, ours]));
        }
    }
    assert!(lines.lines().count() > 800);
    python.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
}

#[test]
fn most_well_formed_bodies_are_let_through_so_that_the_comparison_means_something() {
    let mut runner = TestRunner::deterministic();
    let bodies = body();
    let passed = (0..1000).filter(|_| decoded(&bodies.new_tree(&mut runner).unwrap().current()).is_ok()).count();
    assert!(passed > 200, "{passed} of 1000");
}
