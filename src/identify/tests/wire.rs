//! The captured requests, split so that they can be changed and reassembled.

use std::{io::Read as _, sync::LazyLock};

use bytes::Bytes;
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    aws::endpoint::{RdsHost, Recognised, recognise},
    http1::{self, Request},
    identify::{Error, Secret, SecretAccessKey, SessionToken, Settings, Verifier, coverage, sigv4::Signature},
};

/// One captured request.
#[derive(Clone, Debug)]
pub(crate) struct Captured {
    pub(crate) id: String,
    pub(crate) valid: bool,
    pub(crate) at: OffsetDateTime,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    keys: Vec<(String, String, Option<String>)>,
}

/// All captured requests, in the order of the file.
pub(crate) fn captured() -> &'static [Captured] {
    static ALL: LazyLock<Vec<Captured>> = LazyLock::new(read);
    &ALL
}

fn read() -> Vec<Captured> {
    let compressed = include_bytes!("../../../tests/data/wire/requests.jsonl.gz");
    let mut lines = String::new();
    flate2::read::GzDecoder::new(&compressed[..]).read_to_string(&mut lines).unwrap();
    lines.lines().map(|line| Captured::from_json(&serde_json::from_str(line).unwrap())).collect()
}

/// The captured request with this name.
pub(crate) fn named(id: &str) -> Captured {
    captured().iter().find(|request| request.id == id).unwrap().clone()
}

impl Captured {
    fn from_json(json: &Value) -> Self {
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        let head = base64(&text("head_raw_b64"));
        let lines: Vec<&[u8]> =
            head.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
        let headers = lines[1..].iter().take_while(|line| !line.is_empty()).map(|line| {
            let colon = line.iter().position(|b| *b == b':').unwrap();
            (String::from_utf8(line[..colon].to_vec()).unwrap(), line[colon + 1..].to_vec())
        });
        let keys = json["creds"].as_array().unwrap().iter().map(|key| {
            let text = |name: &str| key[name].as_str().map(str::to_owned);
            (text("akid").unwrap(), text("secret").unwrap(), text("token"))
        });
        Self {
            id: text("id"),
            valid: text("expect_signature") == "valid",
            at: OffsetDateTime::from_unix_timestamp(json["t"].as_f64().unwrap() as i64).unwrap(),
            method: text("method"),
            target: text("target"),
            headers: headers.collect(),
            body: base64(&text("body_b64")),
            keys: keys.collect(),
        }
    }

    /// The bytes on the wire.
    pub(crate) fn bytes(&self) -> Bytes {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(b':');
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes.into()
    }

    /// The request as the stages receive it.
    pub(crate) fn request(&self) -> Result<Request, http1::Error> {
        Request::parse(self.bytes())
    }

    /// The parsed signature.
    pub(crate) fn signature(&self, request: &Request) -> Result<Signature, Error> {
        let query = authentication_query(request);
        Signature::read(request, query.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The whole procedure: parse, check, verify with the secret of its access key.
    pub(crate) fn verdict(&self) -> Result<(), Refusal> {
        let request = self.request().map_err(Refusal::Http)?;
        let signature = self.signature(&request)?;
        let host = self.host(&signature);
        coverage::check(&signature, &request, &host, self.at, Settings::default().clock_skew)?;
        let id = signature.access_key_id().as_str();
        if !self.keys.iter().any(|(known, _, _)| known == id) {
            return Err(Refusal::UnknownKey);
        }
        Ok(Verifier::new(self.secret_of(id)).verify(&signature, &request)?)
    }

    /// The secrets of an access key.
    pub(crate) fn secret_of(&self, id: &str) -> Secret {
        let (_, secret, token) = self.keys.iter().find(|(known, _, _)| known == id).unwrap();
        let session_token = token.as_ref().map(SessionToken::new);
        Secret { secret_access_key: SecretAccessKey::new(secret), session_token }
    }

    pub(crate) fn host(&self, signature: &Signature) -> RdsHost {
        let host = String::from_utf8(self.header("host").unwrap().to_vec()).unwrap();
        let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
        match recognise(name) {
            Recognised::Rds(host) => host,
            Recognised::Lookalike | Recognised::Other => {
                let region = signature.scope().region().parse();
                RdsHost::configured(name, region.unwrap_or("us-east-1".parse().unwrap())).unwrap()
            }
        }
    }

    /// The first value with this name, trimmed.
    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        let found = self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim_ascii())
    }

    /// The parts of the query.
    pub(crate) fn query(&self) -> Vec<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        query.split('&').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    pub(crate) fn set_query(&mut self, parts: &[String]) {
        let path = self.target.split('?').next().unwrap().to_owned();
        self.target = if parts.is_empty() { path } else { format!("{path}?{}", parts.join("&")) };
    }

    /// Replaces a text in the signature, wherever the signature is located.
    pub(crate) fn replace_in_signature(&mut self, from: &str, to: &str) {
        for (name, value) in &mut self.headers {
            if name.eq_ignore_ascii_case("authorization") {
                let text = String::from_utf8(value.clone()).unwrap();
                *value = text.replacen(from, to, 1).into_bytes();
            }
        }
        let escape = |text: &str| text.replace('/', "%2F").replace(';', "%3B").replace('=', "%3D");
        self.target = self.target.replacen(&escape(from), &escape(to), 1);
    }

    /// Sets the body and, if it was declared, its length.
    pub(crate) fn set_body(&mut self, body: Vec<u8>) {
        let length = body.len().to_string().into_bytes();
        match self.headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            Some((_, value)) => *value = length,
            None => self.headers.push(("Content-Length".into(), length)),
        }
        self.body = body;
    }
}

/// Why a request is not verified.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is not a valid request.
    Http(http1::Error),
    /// The key is unknown.
    UnknownKey,
    /// Its signature is refused.
    Identity(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Identity(error)
    }
}

fn authentication_query(request: &Request) -> Vec<(String, String)> {
    let query = request.query().unwrap_or_default();
    let pairs = query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decoded(name)?, decoded(value)?))
    });
    pairs.filter(|(name, _)| name.starts_with("X-Amz-")).collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

fn base64(text: &str) -> Vec<u8> {
    crate::aws::base64::decode(text).unwrap()
}
