//! Edits raw queries and bodies: removes some parameters, replaces the value of one, and leaves everything else as
//! it is.

/// A raw query without the parameters of a signature. A plus is written as `%20`: the decision read it as a blank,
/// and a signer would read it as a literal plus.
pub(super) fn without_signature(query: &str) -> String {
    let kept: Vec<String> =
        query.split('&').filter(|pair| !is_signature(pair)).map(|pair| pair.replace('+', "%20")).collect();
    kept.join("&")
}

/// A raw query with further parameters appended.
pub(super) fn with(mut query: String, parameters: &[(String, String)]) -> String {
    for (name, value) in parameters {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&escaped(name));
        query.push('=');
        query.push_str(&escaped(value));
    }
    query
}

/// A raw form with a new value for this parameter. The parameter's name must not need escaping.
pub(super) fn replaced(form: &str, parameter: &str, value: &str) -> String {
    let pairs = form.split('&').map(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        if decoded(name) == parameter { format!("{parameter}={}", escaped(value)) } else { pair.to_owned() }
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn is_signature(pair: &str) -> bool {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    decoded(name).get(..6).is_some_and(|prefix| prefix.eq_ignore_ascii_case("x-amz-"))
}

/// A name with its escapes decoded. The form has passed strict parsing before, so they are escapes of ASCII
/// characters.
fn decoded(name: &str) -> String {
    let mut decoded = String::with_capacity(name.len());
    let mut bytes = name.bytes();
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        decoded.push(match byte {
            b'+' => ' ',
            b'%' => match (digit(bytes.next()), digit(bytes.next())) {
                (Some(high), Some(low)) => char::from(high << 4 | low),
                (_, _) => '\u{fffd}',
            },
            byte => char::from(byte),
        });
    }
    decoded
}

/// Percent-encodes everything except `A-Z a-z 0-9 - . _ ~`.
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
