//! Verification against a signer that others wrote: whatever crate `aws-sigv4` signs verifies, and nothing else does.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign},
    sign::v4,
};
use proptest::prelude::*;
use rds_guard::{
    http1,
    identify::{Secret, SecretAccessKey, SessionToken, Verifier, sigv4::Signature},
};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const HOST: &str = "rds.eu-west-1.amazonaws.com";

/// A request to be signed. Names and values of the query are not escaped yet.
#[derive(Clone, Debug)]
struct Plain {
    path: String,
    query: Vec<(String, String)>,
    header: String,
    body: Vec<u8>,
    secret: String,
    token: Option<String>,
    presigned: bool,
    seconds: u64,
}

fn plain() -> impl Strategy<Value = Plain> {
    let path = prop::collection::vec("[a-zA-Z0-9._~%-]{1,8}", 0..4).prop_map(|segments| {
        let escaped = segments.iter().map(|segment| segment.replace('%', "%2F"));
        format!("/{}", escaped.collect::<Vec<_>>().join("/"))
    });
    let query = prop::collection::vec(("[A-Za-z.0-9]{1,8}", ".{0,8}"), 0..6);
    // Inner tabs are left out: the signer folds blanks only.
    let header = "[!-~]([ -~]{0,30}[!-~])?";
    let body = prop::collection::vec(any::<u8>(), 0..64);
    (
        path,
        query,
        header,
        body,
        "[!-~]{1,40}",
        prop::option::of("[!-~]{1,60}"),
        any::<bool>(),
        1_000_000_000..4_000_000_000_u64,
    )
        .prop_map(|(path, query, header, body, secret, token, presigned, seconds)| {
            let body = if presigned { Vec::new() } else { body };
            Plain { path, query, header, body, secret, token, presigned, seconds }
        })
}

impl Plain {
    fn target(&self) -> String {
        let pairs = self.query.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
        let query = pairs.collect::<Vec<_>>().join("&");
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    /// The bytes on the wire, signed by the crate.
    fn signed(&self) -> Vec<u8> {
        let method = if self.presigned { "GET" } else { "POST" };
        let identity = Credentials::new(KEY, &self.secret, self.token.clone(), None, "test").into();
        let mut settings = SigningSettings::default();
        if self.presigned {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(900));
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name("rds")
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(self.seconds))
            .settings(settings)
            .build()
            .unwrap();
        let headers = [("host", HOST), ("x-note", self.header.as_str())];
        let uri = format!("https://{HOST}{}", self.target());
        let body = SignableBody::Bytes(&self.body);
        let request = SignableRequest::new(method, &uri, headers.into_iter(), body).unwrap();
        let (instructions, _) = sign(request, &params.into()).unwrap().into_parts();

        let mut target = self.target();
        for (name, value) in instructions.params() {
            let separator = if target.contains('?') { '&' } else { '?' };
            target.push_str(&format!("{separator}{name}={}", escaped(value)));
        }
        let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {HOST}\r\nX-Note: {}\r\n", self.header);
        for (name, value) in instructions.headers() {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        [text.into_bytes(), self.body.clone()].concat()
    }

    fn verifier(&self) -> Verifier {
        let session_token = self.token.as_ref().map(SessionToken::new);
        Verifier::new(Secret { secret_access_key: SecretAccessKey::new(&self.secret), session_token })
    }
}

fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next().unwrap()).to_digit(16).unwrap() as u8;
        bytes.push(if byte == b'%' { digit() << 4 | digit() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}

/// Reads a request and its signature.
fn read(bytes: Vec<u8>) -> (http1::Request, Signature) {
    let request = http1::Request::parse(bytes.into()).unwrap();
    let query: Vec<(String, String)> = request
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| name.starts_with("X-Amz-"))
        .map(|(name, value)| (name.to_owned(), unescaped(value)))
        .collect();
    let signature = Signature::read(&request, query.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let signature = signature.unwrap();
    (request, signature)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn whatever_the_sdks_own_signer_signs_verifies(plain in plain()) {
        let (request, signature) = read(plain.signed());
        prop_assert_eq!(plain.verifier().verify(&signature, &request), Ok(()));
    }

    #[test]
    fn another_secret_or_token_never_verifies(plain in plain(), other in "[!-~]{1,40}") {
        let (request, signature) = read(plain.signed());
        let another = Plain { secret: other, ..plain.clone() };
        prop_assume!(another.secret != plain.secret);
        prop_assert!(another.verifier().verify(&signature, &request).is_err());
        let token = Plain { token: plain.token.as_ref().map_or(Some("t".into()), |_| None), ..plain };
        prop_assert!(token.verifier().verify(&signature, &request).is_err());
    }

    #[test]
    fn a_signature_of_one_request_verifies_no_other(plain in plain(), header in "[a-z]{1,20}", body in prop::collection::vec(any::<u8>(), 1..9)) {
        let (_, signature) = read(plain.signed());
        let longer = [plain.body.clone(), body].concat();
        let changed = if plain.presigned { Plain { header, ..plain.clone() } } else { Plain { body: longer, ..plain.clone() } };
        prop_assert!(signature.signed_headers().contains("x-note"));
        prop_assume!(!plain.presigned || changed.header != plain.header);
        let (request, _) = read(changed.signed());
        prop_assert!(plain.verifier().verify(&signature, &request).is_err());
    }
}
