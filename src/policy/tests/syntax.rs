//! The JSON parser: accepts what `serde_json` accepts, with the same result, and reports errors for the rest.

use serde_json::{Map, Value};

use super::random::Random;
use crate::policy::{
    Limits, Policy,
    json::{self, Node},
};

/// The result of `serde_json` for the same text: the last of equal members, numbers as numbers.
fn as_serde(node: &Node) -> Value {
    match &node.value {
        json::Value::Null => Value::Null,
        json::Value::Bool(value) => (*value).into(),
        json::Value::Number(text) => Value::Number(serde_json::from_str(text).unwrap()),
        json::Value::String(text) => text.as_str().into(),
        json::Value::Array(nodes) => nodes.iter().map(as_serde).collect(),
        json::Value::Object(members) => {
            let pairs = members.iter().map(|member| (member.name.clone(), as_serde(&member.node)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

/// Pieces of strings: every escape, complete and broken surrogate pairs, and invalid characters.
const PIECES: [&str; 26] = [
    "a",
    "é",
    "😀",
    " ",
    "/",
    "\\\"",
    "\\\\",
    "\\/",
    "\\b",
    "\\f",
    "\\n",
    "\\r",
    "\\t",
    "\\u0041",
    "\\u20aC",
    "\\ud83d\\ude00",
    "\\udbff\\udfff",
    "\\ud800\\udc00",
    "\\ud83d",
    "\\udc00",
    "\\ud83d\\udfff",
    "\\ud83d\\ue000",
    "\\ud83dx",
    "\\ud83d\\u0041",
    "\\u00g0",
    "\\x",
];
const NUMBERS: [&str; 16] =
    ["0", "-0", "7", "-12", "0.5", "10.25", "1e2", "1E2", "1e+2", "1E-2", "-0.5e1", "01", "-", "1.", "1e", ".5"];
const WORDS: [&str; 5] = ["null", "true", "false", "nul", "True"];
const BLANKS: [&str; 6] = ["", "", "", " ", "\n\t", "\r\n "];

fn string(random: &mut Random) -> String {
    let pieces: String = (0..random.below(4)).map(|_| *random.pick(&PIECES)).collect();
    format!("\"{pieces}\"")
}

/// A random value with blanks around it: mostly valid JSON.
fn value(random: &mut Random, depth: usize) -> String {
    let (before, after) = (*random.pick(&BLANKS), *random.pick(&BLANKS));
    let inner = match random.below(if depth == 0 { 6 } else { 9 }) {
        0..4 => string(random),
        4 => (*random.pick(&NUMBERS)).to_owned(),
        5 => (*random.pick(&WORDS)).to_owned(),
        6 | 7 => {
            let name = |random: &mut Random| format!("{}{}", string(random), random.pick(&BLANKS));
            let members: Vec<String> =
                (0..random.below(3)).map(|_| format!("{}:{}", name(random), value(random, depth - 1))).collect();
            format!("{{{}{}}}", random.pick(&BLANKS), members.join(","))
        }
        _ => {
            let values: Vec<String> = (0..random.below(3)).map(|_| value(random, depth - 1)).collect();
            format!("[{}]", values.join(","))
        }
    };
    format!("{before}{inner}{after}")
}

#[test]
fn what_is_read_is_what_serde_json_reads() {
    let (mut taken, mut refused) = (0, 0);
    for seed in 0..20_000 {
        let mut random = Random::new(seed + 77);
        let mut text = value(&mut random, 3);
        if random.below(4) == 0 {
            // Remove one character at a random position.
            let at = random.below(text.chars().count());
            text = text.chars().enumerate().filter(|(index, _)| *index != at).map(|(_, c)| c).collect();
        }
        let (ours, theirs) = (json::parse(&text), serde_json::from_str::<Value>(&text));
        match (&ours, theirs) {
            (Ok(node), Ok(value)) => {
                assert_eq!(as_serde(node), value, "{text}");
                assert_eq!(
                    json::parse(text.get(node.start..node.end).unwrap()).map(|again| as_serde(&again)),
                    Ok(value),
                    "{text}"
                );
                taken += 1;
            }
            (Err(_), Err(_)) => refused += 1,
            (ours, theirs) => panic!("{text:?}: {ours:?} but {theirs:?}"),
        }
    }
    assert!(taken > 5_000 && refused > 2_000, "{taken} {refused}");
}

#[test]
fn the_message_shows_what_stood_there() {
    for (text, told) in [
        ("{\"a\" 1}", "line 1, column 6: expected `:`, found `1`"),
        ("{\"a\"", "line 1, column 5: expected `:`, found the end of the text"),
        ("[1\n truly]", "line 2, column 2: expected `,` or `]`, found `truly`"),
        ("{\"a\": [1 \u{7}]}", "line 1, column 10: expected `,` or `]`, found `\\u{7}`"),
        ("{\"a\": -x}", "line 1, column 8: expected a digit, found `x`"),
        ("{}\nStatement", "line 2, column 1: "),
        ("{\"a\": \"\\ud8000\"}", "line 1, column 8: "),
    ] {
        let found = Policy::parse(text, &Limits::default()).unwrap_err().to_string();
        assert!(found.starts_with(told), "{text:?}: {found}");
    }
    for (text, shown) in [("{\"a\": \"b\\qrstuv\"}", "`\\qrstu`"), ("{\"a\": \"\\u12\"}", "`\\u12\"}`")] {
        let found = Policy::parse(text, &Limits::default()).unwrap_err().to_string();
        assert!(found.contains(shown), "{text:?}: {found}");
    }
    let long = format!("{{}}{}", "x".repeat(40));
    let found = Policy::parse(&long, &Limits::default()).unwrap_err().to_string();
    assert!(found.contains(&format!("`{}`", "x".repeat(24))), "{found}");
}

#[test]
fn problems_are_listed_one_a_line() {
    let text = "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": 1, \"Resource\": 2}}";
    let found = Policy::parse(text, &Limits::default()).unwrap_err().to_string();
    let lines: Vec<&str> = found.lines().collect();
    assert!(
        matches!(lines[..], [first, second] if first.contains("column 63") && second.contains("column 78")),
        "{found}"
    );
}
