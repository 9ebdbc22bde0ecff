//! Edits raw queries and bodies: removes some parameters, replaces the value of one, and leaves everything else as
//! it is.

use crate::aws::percent;

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
        query.extend(percent::encode(name.as_bytes()));
        query.push('=');
        query.extend(percent::encode(value.as_bytes()));
    }
    query
}

/// A raw form with a new value for this parameter. The parameter's name must not need escaping.
pub(super) fn replaced(form: &str, parameter: &str, value: &str) -> String {
    let pairs = form.split('&').map(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        if *decoded(name) == *parameter.as_bytes() {
            format!("{parameter}={}", percent::encode(value.as_bytes()))
        } else {
            pair.to_owned()
        }
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn is_signature(pair: &str) -> bool {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    decoded(name).get(..6).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"x-amz-"))
}

/// A name with its escapes decoded. The form has passed strict parsing before, so every escape is well formed.
fn decoded(name: &str) -> Vec<u8> {
    percent::decode_form(name).unwrap_or_else(|| name.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_appended_and_replaced_in_the_encoding_of_a_signature() {
        let value = " !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\u{7f}é🦀";
        let encoded = "%20%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F09%3A%3B%3C%3D%3E%3F%40AZ%5B%5C%5D%5E_%60az%7B%7C%7D~%7F\
                       %C3%A9%F0%9F%A6%80";
        assert_eq!(with("a=1+2".into(), &[("n m".into(), value.into())]), format!("a=1+2&n%20m={encoded}"));
        assert_eq!(replaced("a=1+2&%50%72e=x&Pre&b", "Pre", value), format!("a=1+2&Pre={encoded}&Pre={encoded}&b"));
    }

    #[test]
    fn a_signature_is_recognised_by_its_decoded_names() {
        let query = "a+b=1&X-Amz-Date=2&x%2damz-%53ignature=3&x-amz-%zz&x+amz-date=4&x-amz&%C3%A9=5";
        assert_eq!(without_signature(query), "a%20b=1&x%20amz-date=4&x-amz&%C3%A9=5");
    }
}
