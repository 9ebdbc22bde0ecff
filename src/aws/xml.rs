//! Text in XML: what has to be escaped, and the text of AWS's responses without escapes.

/// The reference for a character that cannot be written as it is in the text of an element (XML 1.0, 2.4). The same in
/// HTML.
#[must_use]
pub const fn element_reference(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

/// The reference for a character that cannot be written as it is in a value of an attribute in double quotes (XML 1.0,
/// 2.3 and 2.4). The same in HTML.
#[must_use]
pub const fn attribute_reference(character: char) -> Option<&'static str> {
    match character {
        '"' => Some("&quot;"),
        other => element_reference(other),
    }
}

/// Unescapes a text: the five names of XML, and numeric references. Everything else is kept.
#[must_use]
pub fn unescaped(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let meant = part.split_once(';').and_then(|(name, rest)| Some((character(name)?, rest)));
        match meant {
            Some((character, rest)) => {
                plain.push(character);
                plain.push_str(rest);
            }
            None => {
                plain.push('&');
                plain.push_str(part);
            }
        }
    }
    plain
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "apos" => Some('\''),
        "gt" => Some('>'),
        "lt" => Some('<'),
        "quot" => Some('"'),
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}
