//! Conditions: operators, values, and what the request has for a key.

use std::net::IpAddr;

use serde_json::Value;

use super::{Sign, Truth, all, any, glob, list, literal, not, signs};

pub(super) enum Looked {
    /// The values, and whether they came as a list.
    Values(Vec<String>, bool),
    Absent,
    Unknown,
}

pub(super) fn lookup(key: &str, request: &Value) -> Looked {
    let same = |other: &str| other.to_lowercase() == key.to_lowercase();
    if request["unknown"].as_array().into_iter().flatten().any(|unknown| same(unknown.as_str().unwrap())) {
        return Looked::Unknown;
    }
    let found = request["context"].as_object().into_iter().flatten().find(|(name, _)| same(name));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match found {
        None => Looked::Absent,
        Some((_, value)) => Looked::Values(list(value).iter().map(|value| text(value)).collect(), value.is_array()),
    }
}

pub(super) fn condition(operator: &str, key: &str, values: &[&Value], request: &Value, variables: bool) -> Truth {
    let looked = lookup(key, request);
    if matches!(looked, Looked::Unknown) {
        return None;
    }
    let null = match &looked {
        Looked::Values(values, _) => values.iter().all(|value| value.is_empty()),
        _ => true,
    };
    let wanted: Vec<String> =
        values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    if operator == "Null" {
        return Some(wanted.iter().any(|wanted| (wanted.to_lowercase() == "true") == null));
    }
    let (set, bare) = operator.split_once(':').map_or((None, operator), |(set, bare)| (Some(set), bare));
    let (bare, if_exists) = bare.strip_suffix("IfExists").map_or((bare, false), |bare| (bare, true));
    let negated = bare.contains("Not");
    let positive = bare.replace("Not", "");
    let compare = |value: &str| {
        let truth =
            any(&wanted.iter().map(|wanted| fits(&positive, wanted, value, request, variables)).collect::<Vec<_>>());
        if negated { not(truth) } else { truth }
    };
    let each = |values: &[String]| values.iter().map(|value| compare(value)).collect::<Vec<_>>();
    const MULTIVALUED: [&str; 3] = ["aws:tagkeys", "aws:calledvia", "aws:principalorgpaths"];
    match (set, looked) {
        (None, _) if MULTIVALUED.contains(&key.to_lowercase().as_str()) => None,
        (_, Looked::Absent) if if_exists => Some(true),
        (None, Looked::Absent) => Some(negated),
        (None, Looked::Values(values, _)) => match &values[..] {
            [] => Some(negated || if_exists),
            [one] => compare(one),
            _ => None,
        },
        (Some(set), Looked::Absent) => Some(set == "ForAllValues"),
        (Some(set), _) if null => Some(set == "ForAllValues"),
        (Some("ForAllValues"), Looked::Values(values, _)) => all(&each(&values)),
        (Some(_), Looked::Values(values, _)) => any(&each(&values)),
        (_, Looked::Unknown) => None,
    }
}

fn fits(operator: &str, wanted: &str, value: &str, request: &Value, variables: bool) -> Truth {
    let live_from = if variables { 0 } else { usize::MAX };
    let order = |a: i128, b: i128| {
        let comparison = operator.trim_start_matches("Numeric").trim_start_matches("Date");
        match comparison {
            "Equals" => a == b,
            "LessThan" => a < b,
            "LessThanEquals" => a <= b,
            "GreaterThan" => a > b,
            _ => a >= b,
        }
    };
    match operator {
        "StringEquals" | "StringEqualsIgnoreCase" | "StringLike" => {
            let (fold, wild) = (operator.ends_with("Case"), operator == "StringLike");
            match signs(wanted, live_from, wild, request) {
                Ok(signs) if fold => Some(folded(&signs) == folded(&literal(value))),
                Ok(signs) => Some(glob(&signs, &literal(value))),
                Err(truth) => truth,
            }
        }
        "ArnEquals" | "ArnLike" => {
            let parts: Vec<&str> = wanted.splitn(6, ':').collect();
            let values: Vec<&str> = value.splitn(6, ':').collect();
            let unknown = signs(wanted, live_from, true, request) == Err(None);
            let like = parts.len() == 6
                && values.len() == 6
                && parts.iter().zip(values).all(|(part, value)| {
                    signs(part, live_from, true, request).is_ok_and(|signs| glob(&signs, &literal(value)))
                });
            if unknown { None } else { Some(like) }
        }
        "Bool" => match value.to_lowercase().as_str() {
            "true" | "false" => Some(value.to_lowercase() == wanted.to_lowercase()),
            _ => None,
        },
        "BinaryEquals" => Some(bytes(value)? == bytes(wanted)?),
        "IpAddress" => Some(in_network(value.parse().ok()?, wanted)),
        _ if operator.starts_with("Numeric") => Some(order(thousandths(value)?, thousandths(wanted)?)),
        _ => Some(order(seconds(value)?, seconds(wanted)?)),
    }
}

fn folded(signs: &[Sign]) -> Vec<Sign> {
    let fold = |sign: &Sign| if let Sign::Is(c) = sign { Sign::Is(c.to_ascii_lowercase()) } else { *sign };
    signs.iter().map(fold).collect()
}

/// A number with up to three decimals.
fn thousandths(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let both_digits = [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if !both_digits || fraction.len() > 3 {
        return None;
    }
    Some(sign * (whole.parse::<i128>().ok()? * 1000 + format!("{fraction:0<3}").parse::<i128>().ok()?))
}

/// Nanoseconds since 1970.
fn seconds(text: &str) -> Option<i128> {
    use time::format_description::well_known::Rfc3339;
    if let (Ok(seconds), true) = (text.parse::<i128>(), text.len() != 4) {
        return Some(seconds * 1_000_000_000);
    }
    let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    time::OffsetDateTime::parse(&full, &Rfc3339).ok().map(time::OffsetDateTime::unix_timestamp_nanos)
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = String::new();
    for c in text.trim_end_matches('=').chars() {
        bits += &format!("{:06b}", ALPHABET.find(c)?);
    }
    let whole = bits.len() / 8 * 8;
    let padded = text.len().is_multiple_of(4) && text.len() - text.trim_end_matches('=').len() <= 2;
    let spare_zero = !bits[whole..].contains('1') && bits.len() - whole < 6;
    (padded && spare_zero).then(|| {
        bits.as_bytes()[..whole].chunks(8).map(|b| u8::from_str_radix(str::from_utf8(b).unwrap(), 2).unwrap()).collect()
    })
}

fn in_network(address: IpAddr, network: &str) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.octets().iter().map(|octet| format!("{octet:08b}")).collect::<String>(),
        IpAddr::V6(v6) => v6.octets().iter().map(|octet| format!("{octet:08b}")).collect(),
    };
    let (base, length) = network.split_once('/').map_or((network, None), |(base, length)| (base, length.parse().ok()));
    let (base, address) = (bits(base.parse().unwrap()), bits(address));
    base.len() == address.len() && base[..length.unwrap_or(base.len())] == address[..length.unwrap_or(base.len())]
}
