//! `[[workload]]`: one of several containers that share the proxy.

use std::{net::SocketAddr, path::PathBuf};

use crate::{
    aws::PrincipalArn,
    config::{
        Origin, PolicySource,
        policy_source::{self, PolicyText},
        problem::Misdeed,
        section::Section,
        sections::PolicyOptions,
        value::{Setting, Wrong, from_text, quoted},
        written::{Node, Value},
    },
};

/// One `[[workload]]`.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name, in records and as the user name that goes with its token.
    pub name: String,
    /// Its proxy listeners.
    pub listen: Vec<SocketAddr>,
    /// Its direct listeners.
    pub listen_direct: Vec<SocketAddr>,
    /// Its endpoint listeners.
    pub listen_endpoint: Vec<SocketAddr>,
    /// Its policy, in addition to the others that apply.
    pub policy: Option<PolicySource>,
    /// The principal of its callers.
    pub principal: Option<PrincipalArn>,
    /// The user id of its processes.
    pub uid: Option<u32>,
    /// The file with the token that it sends as `Proxy-Authorization`, or shows to the broker.
    pub token_file: Option<PathBuf>,
    /// Where it is configured.
    pub origin: Origin,
}

impl Workload {
    pub(in crate::config) fn read(section: &mut Section<'_>, options: &PolicyOptions) -> Option<Self> {
        let (name, _) = section.require::<Name>("name");
        let (mut listen, mut listen_direct, mut listen_endpoint) = (Vec::new(), Vec::new(), Vec::new());
        section.set("listen", &mut listen);
        section.set("listen_direct", &mut listen_direct);
        section.set("listen_endpoint", &mut listen_endpoint);
        let mut policy: Option<PolicyText> = None;
        let policy_origin = section.set("policy", &mut policy);
        let mut principal = None;
        section.set("principal", &mut principal);
        let mut uid: Option<Uid> = None;
        section.set("uid", &mut uid);
        let mut token_file: Option<PathBuf> = None;
        section.set("token_file", &mut token_file);
        let policy = policy_source::load(section, policy, policy_origin, options);
        let Name(name) = name?;
        let origin = section.origin().clone();
        let uid = uid.map(|Uid(uid)| uid);
        let listeners = listen.len() + listen_direct.len() + listen_endpoint.len();
        if listeners == 0 && uid.is_none() && token_file.is_none() {
            let contradiction =
                format!("`{name}` has nothing to be known by: a listener of its own, `uid` or `token_file`");
            section.problem(origin.clone(), Misdeed::Contradiction { key: "workload".to_owned(), contradiction });
        }
        Some(Self { name, listen, listen_direct, listen_endpoint, policy, principal, uid, token_file, origin })
    }
}

/// A workload's name. It is also the user part of a proxy URL, so characters that need escaping there are not
/// allowed.
struct Name(String);

impl Setting for Name {
    const EXPECTED: &'static str = "a name of 1 to 64 letters, digits, hyphens, underscores and dots";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        let plain = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        from_text(node, |text| plain(text).then(|| Self(text.to_owned())))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

struct Uid(u32);

impl Setting for Uid {
    const EXPECTED: &'static str = "a numeric user id";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        match &node.value {
            Value::Number(digits) => digits.parse().map(Self).map_err(|_| vec![Wrong::whole(node)]),
            Value::Untyped(_)
            | Value::Text(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::List(_)
            | Value::Table(_) => Err(vec![Wrong::whole(node)]),
        }
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}
