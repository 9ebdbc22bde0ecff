//! Which changes in transit are harmless and which are not: every change on every valid captured request.

use super::wire::{Captured, captured};
use crate::identify::sigv4::{Signature, timestamp::format_amz};

/// A change, its expected result, and the changed request.
struct Case {
    name: String,
    verifies: bool,
    request: Captured,
}

/// Collects the changes of one request.
struct Cases<'c> {
    original: &'c Captured,
    signature: Signature,
    all: Vec<Case>,
}

impl Cases<'_> {
    fn harmless(&mut self, name: impl Into<String>, change: impl FnOnce(&mut Captured)) {
        self.add(name.into(), true, change);
    }

    fn harmful(&mut self, name: impl Into<String>, change: impl FnOnce(&mut Captured)) {
        self.add(name.into(), false, change);
    }

    fn add(&mut self, name: String, verifies: bool, change: impl FnOnce(&mut Captured)) {
        let mut request = self.original.clone();
        change(&mut request);
        let changed = request.bytes() != self.original.bytes() || request.at != self.original.at;
        if changed {
            self.all.push(Case { name, verifies, request });
        }
    }

    fn is_signed(&self, name: &str) -> bool {
        self.signature.signed_headers().contains(&name.to_ascii_lowercase())
    }
}

#[test]
fn at_least_forty_changes_of_every_valid_request_get_the_right_answer() {
    let (mut wrong, mut total, mut least) = (Vec::new(), 0, usize::MAX);
    for original in captured().iter().filter(|request| request.verdict().is_ok()) {
        let request = original.request().unwrap();
        let signature = original.signature(&request).unwrap();
        let mut cases = Cases { original, signature, all: Vec::new() };
        harmless_to_headers(&mut cases);
        harmless_to_the_query(&mut cases);
        harmful_to_headers(&mut cases);
        harmful_to_the_signature(&mut cases);
        harmful_to_the_request(&mut cases);
        least = least.min(cases.all.len());
        total += cases.all.len();
        for case in cases.all {
            let verdict = case.request.verdict();
            if verdict.is_ok() != case.verifies {
                wrong.push(format!("{}: {}: {verdict:?}", original.id, case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {total}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(least >= 40, "{least}");
    println!("{total} changes, at least {least} of each request");
}

fn harmless_to_headers(cases: &mut Cases<'_>) {
    cases.harmless("header order", |r| r.headers.sort_by_key(|(name, _)| name.to_ascii_lowercase()));
    cases.harmless("names in capitals", |r| r.headers.iter_mut().for_each(|(name, _)| name.make_ascii_uppercase()));
    cases
        .harmless("names in small letters", |r| r.headers.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase()));
    cases.harmless("blanks before values", |r| {
        r.headers.iter_mut().for_each(|(_, value)| value.splice(0..0, *b"  \t").for_each(drop))
    });
    cases.harmless("blanks after values", |r| r.headers.iter_mut().for_each(|(_, value)| value.extend(b" \t ")));
    cases.harmless("inner blanks doubled", |r| {
        for (_, value) in r.headers.iter_mut().filter(|(name, _)| !name.eq_ignore_ascii_case("date")) {
            *value = String::from_utf8(value.clone()).unwrap().replace(' ', "  ").into_bytes();
        }
    });
    cases.harmless("another header", |r| r.headers.push(("X-Forwarded".into(), b"1".to_vec())));
    cases.harmless("a trace id", |r| r.headers.push(("X-Amzn-Trace-Id".into(), b"Root=1-2-3".to_vec())));
    if !cases.is_signed("x-amz-user-agent") {
        cases.harmless("an agent", |r| r.headers.push(("X-Amz-User-Agent".into(), b"me".to_vec())));
    }
    let unsigned: Vec<String> = cases.original.headers.iter().map(|(name, _)| name.clone()).collect();
    for name in unsigned {
        let needed =
            ["authorization", "content-length", "x-amz-date", "date"].iter().any(|n| name.eq_ignore_ascii_case(n));
        if !needed && !cases.is_signed(&name) {
            cases.harmless(format!("without {name}"), |r| r.headers.retain(|(found, _)| *found != name));
        }
    }
}

fn harmless_to_the_query(cases: &mut Cases<'_>) {
    let parts = cases.original.query();
    cases.harmless("query order", |r| r.set_query(&parts.iter().rev().cloned().collect::<Vec<_>>()));
    cases.harmless("escapes in small letters", |r| {
        let small = parts.iter().map(|part| lower_case_escapes(part)).collect::<Vec<_>>();
        r.set_query(&small);
    });
    cases.harmless("a letter escaped", |r| {
        let escaped = parts.iter().map(|part| part.replacen("Action=", "%41ction=", 1)).collect::<Vec<_>>();
        r.set_query(&escaped);
    });
}

fn lower_case_escapes(text: &str) -> String {
    let mut since_percent = 3;
    let small = text.chars().map(|c| {
        since_percent = if c == '%' { 0 } else { since_percent + 1 };
        if since_percent <= 2 { c.to_ascii_lowercase() } else { c }
    });
    small.collect()
}

fn harmful_to_headers(cases: &mut Cases<'_>) {
    let signed: Vec<String> = cases.signature.signed_headers().iter().map(String::from).collect();
    for name in &signed {
        let is = |found: &str| found.eq_ignore_ascii_case(name);
        cases.harmful(format!("{name} longer"), |r| {
            r.headers.iter_mut().filter(|(found, _)| is(found)).for_each(|(_, value)| value.push(b'7'));
        });
        cases.harmful(format!("without {name}"), |r| r.headers.retain(|(found, _)| !is(found)));
        cases.harmful(format!("another {name}"), |r| r.headers.push((name.clone(), b"1".to_vec())));
        let rest: Vec<&str> = signed.iter().filter(|other| *other != name).map(String::as_str).collect();
        cases.harmful(format!("{name} no longer signed"), |r| {
            r.replace_in_signature(
                &format!("SignedHeaders={}", signed.join(";")),
                &format!("SignedHeaders={}", rest.join(";")),
            );
            let escaped = |names: String| format!("X-Amz-SignedHeaders={}", names.replace(';', "%3B"));
            r.target = r.target.replace(&escaped(signed.join(";")), &escaped(rest.join(";")));
        });
    }
    cases.harmful("an unsigned x-amz header", |r| r.headers.push(("X-Amz-Meta".into(), b"1".to_vec())));
    cases.harmful("an unsigned token", |r| r.headers.push(("x-amz-security-token".into(), b"1".to_vec())));
    cases.harmful("a hash of another body", |r| {
        r.headers.push(("x-amz-content-sha256".into(), [b'0'; 64].to_vec()));
    });
    cases.harmful("an unsigned payload", |r| {
        r.headers.push(("X-Amz-Content-Sha256".into(), b"UNSIGNED-PAYLOAD".to_vec()));
    });
    cases.harmful("two authorizations", |r| {
        for _ in 0..2 {
            r.headers.push(("Authorization".into(), b"AWS4-HMAC-SHA256 x".to_vec()));
        }
    });
}

fn harmful_to_the_signature(cases: &mut Cases<'_>) {
    let value = cases.signature.value().to_owned();
    for at in [0, 1, 15, 31, 32, 48, 62, 63] {
        let mut changed = value.clone().into_bytes();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        let changed = String::from_utf8(changed).unwrap();
        cases.harmful(format!("signature digit {at}"), |r| r.replace_in_signature(&value, &changed));
    }
    cases.harmful("signature in capitals", |r| r.replace_in_signature(&value, &value.to_ascii_uppercase()));
    cases.harmful("signature cut", |r| r.replace_in_signature(&value, value.strip_prefix(|_: char| true).unwrap()));
    cases.harmful("signature longer", |r| r.replace_in_signature(&value, &format!("{value}0")));
    cases.harmful("no signature value", |r| r.replace_in_signature(&value, ""));
    let scope = cases.signature.scope().clone();
    let key = cases.signature.access_key_id().to_string();
    let with = |date: &str, region: &str, service: &str, end: &str| format!("{date}/{region}/{service}/{end}");
    let (date, region, service) = (scope.date(), scope.region(), scope.service());
    for (name, changed) in [
        ("the day before", with("20261122", region, service, "aws4_request")),
        ("no date", with("2026112", region, service, "aws4_request")),
        ("another region", with(date, "eu-central-1", service, "aws4_request")),
        ("no region", format!("{date}/{service}/aws4_request")),
        ("another service", with(date, region, "sts", "aws4_request")),
        ("another end", with(date, region, service, "aws4a_request")),
        ("a part more", format!("{}/", scope.as_str())),
    ] {
        cases.harmful(name, |r| r.replace_in_signature(scope.as_str(), &changed));
    }
    cases.harmful("another known key", |r| {
        let other = if key.starts_with("AKIA") { "ASIAY34FZKBOKMUTVV7A" } else { "AKIAIOSFODNN7EXAMPLE" };
        r.replace_in_signature(&key, other);
    });
    cases.harmful("an unknown key", |r| r.replace_in_signature(&key, "AKIAIOSFODNN7EXAMPL3"));
    cases.harmful("another algorithm", |r| r.replace_in_signature("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"));
}

fn harmful_to_the_request(cases: &mut Cases<'_>) {
    let body = cases.original.body.clone();
    if !body.is_empty() {
        for at in [0, body.len() / 2, body.len() - 1] {
            cases.harmful(format!("body byte {at}"), |r| r.body[at] ^= 1);
        }
        cases.harmful("body cut", |r| r.set_body(body[..body.len() - 1].to_vec()));
        cases.harmful("no body", |r| r.set_body(Vec::new()));
    }
    cases.harmful("body longer", |r| r.set_body([&body[..], b"&Tag=1"].concat()));
    cases.harmful("another method", |r| r.method = if r.method == "POST" { "GET" } else { "POST" }.into());
    cases.harmful("another path", |r| r.target = r.target.replacen('/', "/x", 1));
    let parts = cases.original.query();
    for (at, part) in parts.iter().enumerate() {
        let without = [&parts[..at], &parts[at + 1..]].concat();
        cases.harmful(format!("query without {part}"), |r| r.set_query(&without));
        let mut longer = parts.clone();
        longer[at].push('7');
        cases.harmful(format!("{part} longer"), |r| r.set_query(&longer));
    }
    cases.harmful("query longer", |r| r.set_query(&[&parts[..], &["Z=1".to_owned()]].concat()));
    cases.harmful("an hour early", |r| r.at -= time::Duration::hours(1));
    cases.harmful("eight days late", |r| r.at += time::Duration::days(8));
    let date = format_amz(cases.signature.signed_at());
    for (name, changed) in [
        ("a second later", format_amz(cases.signature.signed_at() + time::Duration::SECOND)),
        ("no date", "x".into()),
        ("another day", "20261122T225050Z".into()),
    ] {
        cases.harmful(format!("date: {name}"), |r| {
            for (_, value) in r
                .headers
                .iter_mut()
                .filter(|(name, _)| name.eq_ignore_ascii_case("x-amz-date") || name.eq_ignore_ascii_case("date"))
            {
                *value = changed.clone().into_bytes();
            }
            r.target = r.target.replace(&date, &changed);
        });
    }
}
