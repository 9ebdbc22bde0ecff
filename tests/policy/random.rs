//! Random policies and requests that have much to do with each other: drawn from few names, so that elements match, nearly
//! match and contradict each other often.

use serde_json::{Map, Value, json};

/// A small random number generator (xorshift64*), the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).unwrap() % limit
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One to three of them, alone or in a list.
    fn some(&mut self, from: &[&str]) -> Value {
        let count = 1 + self.below(3);
        let texts: Vec<&str> = (0..count).map(|_| *self.pick(from)).collect();
        if count == 1 && self.chance(60) { texts[0].into() } else { texts.into() }
    }
}

const ACTIONS: &[&str] =
    &["rds:CreateDBInstance", "rds:DeleteDBInstance", "rds:DescribeDBInstances", "rds:StopDBCluster"];
const ACTION_PATTERNS: &[&str] = &[
    "*",
    "rds:*",
    "RDS:create*",
    "rds:*Instance",
    "rds:DescribeDB?nstances",
    "rds:DeleteDBInstance",
    "rds:*DB*",
    "rds:CreateDBInstance",
    "rds:?topDBCluster",
    "s3:*",
    "rds-data:*",
    "rds:*Instance?",
    "rds:D*I*e",
    "rds:StopDBClusterX",
];
const RESOURCES: &[&str] = &[
    "arn:aws:rds:eu-west-1:123456789012:db:prod-1",
    "arn:aws:rds:eu-west-1:123456789012:db:*",
    "arn:aws:rds:us-east-1:555555555555:snapshot:rds:prod-1",
    "arn:aws:rds:eu-west-1:123456789012:pg:default.mysql8.0",
    "arn:aws:rds::123456789012:global-cluster:g",
    "arn:aws:rds:eu-west-1:unknown:db:prod-1",
    "*",
];
const RESOURCE_PATTERNS: &[&str] = &[
    "*",
    "arn:aws:rds:*",
    "arn:aws:rds:*:*:db:*",
    "arn:aws:rds:eu-west-1:123456789012:db:prod-1",
    "arn:aws:rds:*:db:prod-?",
    "arn:aws:rds:*:123456789012:db:${aws:PrincipalTag/team}-1",
    "arn:aws:rds:*:*:*:${aws:username, 'prod'}-*",
    "arn:aws:rds:eu-west-1:123456789012:db:${*}",
    "arn:aws:rds:*:*:pg:default.*",
    "arn:aws:rds:*:*:pg:default.mysql?.0",
    "arn:aws:rds:*:*:snapshot:*",
    "arn:aws:rds:*:5*:*",
    "arn:aws:rds",
    "arn:aws:rds:*:????????????:db:prod-1",
    "*1",
    "arn:aws:rds:*:*:db-proxy:prx-*",
    "arn:aws:rds:*:*:*:*",
    "arn:aws:rds:*:123456789012:db:prod-*",
    "arn:aws:rds:*:123456789012:snapshot:rds:*",
    "arn:aws:rds:*:default*/*",
    "*:og:default:*",
    "*:????????????:*:prod*-1",
];
const CALLERS: &[&str] = &[
    "arn:aws:iam::123456789012:root",
    "arn:aws:iam::123456789012:user/team/ann",
    "arn:aws:iam::123456789012:role/path/App",
    "arn:aws:sts::123456789012:assumed-role/App/s1",
    "arn:aws:sts::555555555555:assumed-role/App/s1",
    "arn:aws-cn:iam::123456789012:user/team/ann",
];
const PRINCIPALS: &[&str] = &[
    "*",
    "123456789012",
    "arn:aws:iam::123456789012:root",
    "arn:aws:iam::123456789012:role/path/App",
    "arn:aws:iam::123456789012:role/App",
    "arn:aws:sts::123456789012:assumed-role/App/s1",
    "arn:aws:sts::123456789012:assumed-role/App/s2",
    "arn:aws:iam::123456789012:user/team/ann",
    "555555555555",
    "arn:aws-cn:iam::123456789012:root",
    "arn:aws:iam::123456789012:role/*",
    "AROADBQP57FF2AEXAMPLE",
];

/// A kind of condition: its operators, keys, the policy's values and the request's.
struct Family {
    operators: &'static [&'static str],
    keys: &'static [&'static str],
    wanted: &'static [&'static str],
    found: &'static [&'static str],
}

const FAMILIES: &[Family] = &[
    Family {
        operators: &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        keys: &["aws:PrincipalTag/team", "aws:username", "aws:ResourceTag/Env", "guard:Param/Engine"],
        wanted: &[
            "prod",
            "Prod",
            "p*d",
            "pro?",
            "${aws:username}",
            "${aws:PrincipalTag/team}",
            "${*}",
            "a${?}",
            "${aws:ResourceTag/env, 'prod'}",
            "",
        ],
        found: &["prod", "PROD", "p*d", "dev", "*", "a?", ""],
    },
    Family {
        operators: &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        keys: &["rds:StorageSize"],
        wanted: &["100", "100.0", "-1", "20.5", "0", "-0"],
        found: &["100", "0100.00", "20.51", "-1.0", "9", "12abc", "", "0"],
    },
    Family {
        operators: &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        keys: &["aws:CurrentTime", "aws:EpochTime"],
        wanted: &["2026-01-01T00:00:00Z", "1767225600", "2026-01-01", "2025-12-31T19:00:00.5-05:00", "1767225601"],
        found: &[
            "2026-01-01T00:00:00Z",
            "1767225600",
            "2026-01-01T01:00:00+01:00",
            "soon",
            "1767225599",
            "2024-02-29T23:59:59Z",
        ],
    },
    Family {
        operators: &["Bool"],
        keys: &["aws:SecureTransport", "rds:MultiAz"],
        wanted: &["true", "False"],
        found: &["true", "FALSE", "maybe"],
    },
    Family {
        operators: &["BinaryEquals"],
        keys: &["aws:PrincipalTag/bin"],
        wanted: &["QUJD", "QQ==", "AAEC/w=="],
        found: &["QUJD", "QQ==", "QR==", "???", "aaaa"],
    },
    Family {
        operators: &["IpAddress", "NotIpAddress"],
        keys: &["aws:VpcSourceIp"],
        wanted: &["10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "2001:db8::/32", "2001:DB8:0::1", "10.1.2.3/31", "::/0"],
        found: &["10.1.2.3", "10.1.2.2", "192.0.2.1", "2001:db8::1", "::ffff:10.1.2.3", "10.1.2"],
    },
    Family {
        operators: &["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
        keys: &["aws:PrincipalArn"],
        wanted: &[
            "arn:aws:iam::123456789012:role/*",
            "arn:aws:iam::*:role/App",
            "arn:*:iam::*:*",
            "arn:aws:iam::*",
            "arn:aws:iam::123456789012:user/${aws:username}",
        ],
        found: &[
            "arn:aws:iam::123456789012:role/App",
            "arn:aws:iam::1:x:role/App",
            "arn:aws:iam::123456789012:user/prod",
            "x",
        ],
    },
];
const SETS: &[&str] = &["ForAllValues:", "ForAnyValue:"];
const TAG_KEYS: &[&str] = &["env", "Env", "cost-center", "team"];

/// A case as [`rds_guard::policy::cases`] reads it, of up to `most` statements.
pub(crate) fn case(random: &mut Random, most: usize) -> Value {
    let count = 1 + random.below(most);
    let mut policy = json!({"Statement": (0..count).map(|_| statement(random)).collect::<Vec<_>>()});
    match random.below(4) {
        0 => {}
        1 => policy["Version"] = "2008-10-17".into(),
        _ => policy["Version"] = "2012-10-17".into(),
    }
    json!({"id": 0, "policy": policy, "request": request(random)})
}

pub(crate) fn statement(random: &mut Random) -> Value {
    let mut members = Map::new();
    let deny = random.chance(35);
    members.insert("Effect".into(), if deny { "Deny" } else { "Allow" }.into());
    if random.chance(20) {
        members.insert("Sid".into(), format!("S{}", random.below(1_000_000)).into());
    }
    if deny && random.chance(25) {
        members.insert("NotPrincipal".into(), json!({"AWS": random.some(&PRINCIPALS[1..])}));
    } else if random.chance(50) {
        members.insert("Principal".into(), "*".into());
    } else if random.chance(10) {
        members.insert("Principal".into(), json!({"Service": "rds.amazonaws.com", "AWS": random.some(PRINCIPALS)}));
    } else {
        members.insert("Principal".into(), json!({"AWS": random.some(PRINCIPALS)}));
    }
    let name = if random.chance(15) { "NotAction" } else { "Action" };
    members.insert(name.into(), random.some(ACTION_PATTERNS));
    let name = if random.chance(20) { "NotResource" } else { "Resource" };
    members.insert(name.into(), if random.chance(30) { "*".into() } else { random.some(RESOURCE_PATTERNS) });
    if random.chance(45) {
        members.insert("Condition".into(), conditions(random));
    }
    Value::Object(members)
}

fn conditions(random: &mut Random) -> Value {
    let mut operators = json!({});
    for _ in 0..=random.below(2) {
        if random.chance(20) {
            let key = *random.pick(&["aws:TagKeys", "aws:SourceIp", "AWS:username"]);
            operators["Null"] = json!({key: *random.pick(&["true", "false"])});
            continue;
        }
        let family = random.pick(FAMILIES);
        let mut operator = (*random.pick(family.operators)).to_owned();
        let mut key = (*random.pick(family.keys)).to_owned();
        let strings = operator.starts_with("String");
        if random.chance(if strings { 30 } else { 8 }) {
            operator = format!("{}{operator}", random.pick(SETS));
            key = if strings { "aws:TagKeys".into() } else { key };
        } else if random.chance(3) {
            key = "aws:TagKeys".into();
        }
        if random.chance(25) {
            operator += "IfExists";
        }
        if random.chance(20) {
            key = key.to_uppercase();
        }
        let values = if key.eq_ignore_ascii_case("aws:TagKeys") && strings {
            random.some(TAG_KEYS)
        } else {
            random.some(family.wanted)
        };
        operators[operator] = json!({key: values});
    }
    operators
}

fn request(random: &mut Random) -> Value {
    let mut context = Map::new();
    let mut unknown: Vec<&str> = Vec::new();
    for family in FAMILIES {
        for key in family.keys {
            match random.below(10) {
                0..6 => {
                    context.insert((*key).to_owned(), (*random.pick(family.found)).into());
                }
                6 => unknown.push(key),
                _ => {}
            }
        }
    }
    match random.below(5) {
        0..3 => {
            let count = random.below(4);
            let keys: Vec<&str> = (0..count).map(|_| *random.pick(&[TAG_KEYS, &[""]].concat())).collect();
            context.insert("aws:TagKeys".to_owned(), keys.into());
        }
        3 => unknown.push("aws:tagkeys"),
        _ => {}
    }
    let resources: Vec<Value> = (0..1 + random.below(3)).map(|_| resource(random)).collect();
    let principal = match random.below(10) {
        0 => json!({}),
        1 => json!({"account": random.pick(&["123456789012", "555555555555"])}),
        _ => json!({"arn": random.pick(CALLERS)}),
    };
    json!({
        "action": random.pick(ACTIONS), "resources": resources, "principal": principal, "context": context,
        "unknown": unknown,
    })
}

/// Default groups of which a part of the name is not known.
const DEFAULTS: &[&str] = &[
    "arn:aws:rds:eu-west-1:123456789012:pg:default.*",
    "arn:aws:rds:eu-west-1:123456789012:og:default:mysql*",
    "arn:aws:rds:eu-west-1:unknown:cluster-pg:default.aurora*",
];
/// Resources whose ids are not known.
const UNKNOWN_IDS: &[&str] = &[
    "arn:aws:rds:eu-west-1:unknown:db-proxy:*",
    "arn:aws:rds:eu-west-1:123456789012:db:*",
    "arn:aws:rds:eu-west-1:123456789012:snapshot:*",
    "arn:aws:rds:eu-west-1:123456789012:cev:custom-oracle-ee/*/*",
    "arn:aws:rds:eu-west-1:123456789012:cev:*",
    "arn:aws:rds:eu-west-1:123456789012:snapshot-tenant-database:prod-1:*",
    "arn:aws:rds:eu-west-1:123456789012:new-type:*",
];

fn resource(random: &mut Random) -> Value {
    match random.below(8) {
        0 => json!({"arn": random.pick(DEFAULTS), "kind": "default"}),
        1 => json!({"arn": random.pick(UNKNOWN_IDS), "kind": "unknown-id"}),
        2 if random.chance(30) => json!({"arn": "*", "kind": "unknown"}),
        _ => (*random.pick(RESOURCES)).into(),
    }
}
