//! The flags of `run` that set configuration keys, uninterpreted.

use super::{
    Origin,
    endpoint_overlay::{self, Addition},
    problem::{Misdeed, Problem},
    written::{Node, Table, Value},
};

/// A command line flag with its value, as typed.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The flag with its dashes: one of [`FLAGS`], `--endpoint` or `--resolve`.
    pub name: &'static str,
    /// The value as typed.
    pub value: String,
}

/// The flags that set a key, each with its key.
pub const FLAGS: [(&str, &str); 11] = [
    ("--listen", "listen"),
    ("--listen-direct", "listen_direct"),
    ("--listen-transparent", "listen_transparent"),
    ("--listen-endpoint", "listen_endpoint"),
    ("--admin", "admin"),
    ("--policy", "policy"),
    ("--mode", "mode"),
    ("--ca-dir", "ca.dir"),
    ("--audit", "audit.file"),
    ("--principal", "identity.default_principal"),
    ("--upstream-ca", "upstream.ca"),
];

/// The settings from the flags: keys, endpoints, and the values of `--resolve`.
#[derive(Default)]
pub(super) struct Flags {
    pub(super) table: Table,
    pub(super) endpoints: Vec<Addition>,
    pub(super) resolve: Vec<Node>,
}

/// Reads the flags. A flag that is given several times forms a list.
pub(super) fn read(flags: &[Flag], problems: &mut Vec<Problem>) -> Flags {
    let mut read = Flags::default();
    for flag in flags {
        let origin = Origin::Flag(flag.name);
        match (flag.name, FLAGS.iter().find(|(name, _)| *name == flag.name)) {
            ("--resolve", _) => read.resolve.push(Node::untyped(flag.value.as_str(), origin)),
            ("--endpoint", _) => match flag.value.split_once('=') {
                Some((region, dns)) => read.endpoints.push(endpoint_overlay::addition(region, dns, origin)),
                None => problems.push(Problem {
                    origin: origin.clone(),
                    misdeed: Misdeed::Value {
                        key: "endpoint".to_owned(),
                        found: Node::untyped(flag.value.as_str(), origin).shown(),
                        expected: "REGION=DNS[,DNS]".to_owned(),
                    },
                }),
            },
            (_, Some((_, key))) => add(&mut read.table, key, Node::untyped(flag.value.as_str(), origin)),
            (_, None) => problems.push(Problem { origin, misdeed: Misdeed::UnknownVariable { nearest: None } }),
        }
    }
    read
}

fn add(table: &mut Table, key: &str, node: Node) {
    let path: Vec<&str> = key.split('.').collect();
    let origin = node.origin.clone();
    let node = match table.take_at(&path) {
        Some(Node { value: Value::List(mut items), .. }) => {
            items.push(node);
            Node { value: Value::List(items), origin }
        }
        Some(first) => Node { value: Value::List(vec![first, node]), origin },
        None => node,
    };
    table.set_at(&path, node);
}
