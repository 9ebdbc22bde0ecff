//! A VPC endpoint in the description of EC2.
//!
//! Source: Amazon EC2 API Reference, `DescribeVpcEndpoints` and `VpcEndpoint`, version 2016-11-15.

use std::{fmt, str::FromStr};

use crate::aws::xml::unescaped;

/// The id of a VPC endpoint: `vpce-` and 8 or 17 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VpcEndpointId(String);

/// A text that is not the id of a VPC endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no VPC endpoint's id: that is vpce- and 8 or 17 hexadecimal digits, as in vpce-0123456789abcdef0")]
pub(super) struct VpcEndpointIdError(String);

/// The relevant parts of an endpoint's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VpcEndpoint {
    /// The name of its service, `com.amazonaws.us-east-1.rds`.
    pub(super) service: String,
    /// `available`, or another state.
    pub(super) state: String,
    /// Its own DNS names, the regional one first.
    pub(super) names: Vec<String>,
    /// The JSON of its policy, as AWS stores it.
    pub(super) policy: String,
}

impl VpcEndpointId {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VpcEndpointId {
    type Err = VpcEndpointIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("vpce-").unwrap_or_default();
        let hexadecimal = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if hexadecimal && matches!(digits.len(), 8 | 17) {
            Ok(Self(text.to_owned()))
        } else {
            Err(VpcEndpointIdError(text.to_owned()))
        }
    }
}

impl fmt::Display for VpcEndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl VpcEndpoint {
    /// Parses the single endpoint in a response of EC2. `None` if a required element is missing.
    pub(super) fn read(answer: &str, id: &VpcEndpointId) -> Option<Self> {
        let (_, endpoints) = answer.split_once("<vpcEndpointSet>")?;
        (first(endpoints, "vpcEndpointId")? == id.as_str()).then_some(())?;
        let own = |name: &String| name.starts_with(&format!("{id}-"));
        Some(Self {
            service: first(endpoints, "serviceName")?,
            state: first(endpoints, "state")?,
            names: all(endpoints, "dnsName").filter(own).collect(),
            policy: first(endpoints, "policyDocument")?,
        })
    }
}

fn first(xml: &str, name: &str) -> Option<String> {
    all(xml, name).next()
}

/// The unescaped texts of all elements with this name.
fn all(xml: &str, name: &str) -> impl Iterator<Item = String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(open.as_str()).skip(1).map(str::to_owned).collect::<Vec<_>>();
    parts.into_iter().filter_map(move |part| Some(unescaped(part.split_once(close.as_str())?.0)))
}
