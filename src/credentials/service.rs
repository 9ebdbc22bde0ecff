//! AWS services that use the Query protocol, each called at its endpoint in one region.
//!
//! Source: AWS General Reference, "Service endpoints"; AWS SDKs and Tools Reference Guide, "Service-specific
//! endpoints" and "Dual-stack and FIPS endpoints".

use std::time::Duration;

use http::Method;
use time::OffsetDateTime;

use super::{
    Credentials, Error, Placement, Settings, ToSign,
    http::{Http, Question},
    sign,
};
use crate::{
    aws::{Region, percent},
    identify::{Term, element},
};

const FORM: &str = "application/x-www-form-urlencoded";

/// An AWS service that the proxy calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Security Token Service.
    Sts,
    /// Elastic Compute Cloud, which owns the VPC endpoint API.
    Ec2,
}

impl Service {
    /// The name of the service in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sts => "STS",
            Self::Ec2 => "EC2",
        }
    }

    /// The service name in the credential scope, and the first label of the endpoint's name.
    const fn signing_name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Ec2 => "ec2",
        }
    }

    const fn endpoint_variable(self) -> &'static str {
        match self {
            Self::Sts => "AWS_ENDPOINT_URL_STS",
            Self::Ec2 => "AWS_ENDPOINT_URL_EC2",
        }
    }

    const fn version(self) -> &'static str {
        match self {
            Self::Sts => "2011-06-15",
            Self::Ec2 => "2016-11-15",
        }
    }
}

/// A service's endpoint in one region.
#[derive(Debug)]
pub(super) struct Api<'s> {
    http: &'s Http,
    service: Service,
    url: String,
    region: String,
    limit: Duration,
}

/// The response of a service, and when credentials in it were issued.
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) term: Term,
}

impl<'s> Api<'s> {
    /// The endpoint given by `AWS_ENDPOINT_URL_…`, otherwise the service's endpoint in this region, or us-east-1.
    pub(super) fn new(settings: &Settings, http: &'s Http, service: Service, region: Option<&Region>) -> Self {
        let environment = &settings.environment;
        let (region, suffix) = match region {
            Some(region) => (region.to_string(), region.partition().dns_suffix()),
            None => ("us-east-1".to_owned(), "amazonaws.com"),
        };
        let fips = if environment.is_true("AWS_USE_FIPS_ENDPOINT") { "-fips" } else { "" };
        let given = environment.get(service.endpoint_variable());
        let url =
            given.map_or_else(|| format!("https://{}{fips}.{region}.{suffix}", service.signing_name()), str::to_owned);
        Self { http, service, url: format!("{}/", url.trim_end_matches('/')), region, limit: settings.limit }
    }

    /// Sends a call with these parameters, the first of which is the `Action`. Signed if credentials are given.
    pub(super) async fn ask(&self, parameters: &[(&str, &str)], by: Option<&Credentials>) -> Result<Answer, Error> {
        let version = ("Version", self.service.version());
        let body = form(parameters.iter().chain([&version]));
        let mut headers = vec![("content-type".to_owned(), FORM.to_owned())];
        if let Some(credentials) = by {
            headers.extend(self.signature(&body, credentials)?);
        }
        let (source, url, limit) = (self.service.name(), self.url.as_str(), self.limit);
        let reply = self.http.ask(Question { source, method: Method::POST, url, headers, body, limit }).await?;
        let text = String::from_utf8(reply.body.to_vec()).map_err(|_| self.malformed("its answer is no text"))?;
        if reply.status != 200 {
            let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '.';
            let code =
                element(&text, "Code").map(|code| format!(" {}", code.chars().filter(plain).collect::<String>()));
            let (url, code) = (url.to_owned(), code.unwrap_or_default());
            return Err(Error::Refused { asked: source, url, status: reply.status, code });
        }
        Ok(Answer { term: Term::of_answer(reply.date.as_deref(), reply.took), text })
    }

    /// The headers with the signature of a request with this body.
    fn signature(&self, body: &str, credentials: &Credentials) -> Result<Vec<(String, String)>, Error> {
        let uri: http::Uri = self.url.parse().map_err(|_| self.malformed("its URL is malformed"))?;
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let to_sign = ToSign {
            method: "POST",
            url: self.url.clone(),
            headers: vec![("host".to_owned(), host), ("content-type".to_owned(), FORM.to_owned())],
            body: body.as_bytes(),
            region: &self.region,
            service: self.service.signing_name(),
            placement: Placement::Header,
        };
        Ok(sign(credentials, &to_sign, OffsetDateTime::now_utc())?.headers)
    }

    fn malformed(&self, what: &str) -> Error {
        Error::Malformed { asked: self.service.name(), what: what.to_owned() }
    }
}

fn form<'p>(parameters: impl Iterator<Item = &'p (&'p str, &'p str)>) -> String {
    let pairs: Vec<String> =
        parameters.map(|(name, value)| format!("{name}={}", percent::encode(value.as_bytes()))).collect();
    pairs.join("&")
}
