//! EC2 instance metadata, version 2: requests a session token, then the role's name, then its credentials.
//!
//! Source: EC2 User Guide, "Retrieve security credentials from instance metadata".

use http::Method;

use super::{
    Credentials, Error, Settings, container,
    http::{Http, Question, Reply},
};

pub(super) const SOURCE: &str = "instance metadata";

/// The lifetime requested for the session token, in seconds: six hours, the maximum.
const TOKEN_SECONDS: &str = "21600";

/// Time limit for each request. Where there is no metadata service, packets are silently dropped.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(1);

/// The credentials of the instance's role.
pub(super) async fn credentials(settings: &Settings, http: &Http) -> Result<Credentials, Error> {
    let environment = &settings.environment;
    if environment.is_true("AWS_EC2_METADATA_DISABLED") {
        return Err(Error::Missing { asked: SOURCE, what: "its use: AWS_EC2_METADATA_DISABLED is set, so it".into() });
    }
    let v6 = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").is_some_and(|mode| mode == "IPv6");
    let default = if v6 { "http://[fd00:ec2::254]" } else { "http://169.254.169.254" };
    let base = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or(default).trim_end_matches('/');
    let malformed = |what: &str| Error::Malformed { asked: SOURCE, what: what.to_owned() };
    let word = |body: &[u8]| {
        let text = std::str::from_utf8(body).ok()?.lines().next()?.trim();
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
    };
    let seconds = ("x-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS.to_owned());
    let token = ask(settings, http, (Method::PUT, &format!("{base}/latest/api/token")), seconds).await?;
    let token = word(&token.body).ok_or_else(|| malformed("its session token is none"))?;
    let with_token = || ("x-aws-ec2-metadata-token", token.clone());
    let list = "/latest/meta-data/iam/security-credentials/";
    let role = ask(settings, http, (Method::GET, &format!("{base}{list}")), with_token()).await?;
    let role = word(&role.body).ok_or_else(|| malformed("it names no role"))?;
    let url = format!("{base}{list}{role}");
    let reply = ask(settings, http, (Method::GET, &url), with_token()).await?;
    // Any process that reaches the address gets the credentials.
    Ok(Credentials { shared: true, ..container::document(SOURCE, &url, &reply)? })
}

async fn ask(
    settings: &Settings,
    http: &Http,
    (method, url): (Method, &str),
    (name, value): (&str, String),
) -> Result<Reply, Error> {
    let headers = vec![(name.to_owned(), value)];
    let limit = settings.limit.min(LIMIT);
    let reply = http.ask(Question { source: SOURCE, method, url, headers, body: String::new(), limit }).await?;
    if reply.status == 200 {
        return Ok(reply);
    }
    Err(Error::Refused { asked: SOURCE, url: url.to_owned(), status: reply.status, code: String::new() })
}
