//! Requests and policies by what makes them dear: what fills a policy, what fills a request.

use std::fmt;

/// The most characters of a policy.
const POLICY: usize = 20_480;
/// The most bytes of a body.
const BODY: usize = 1 << 20;

/// A request and the policies that it meets.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) policy: Filling,
    pub(crate) request: Load,
}

/// What the statements of a policy are full of: an Allow of everything comes last.
#[derive(Clone, Debug)]
pub(crate) struct Filling {
    element: Element,
    /// With `#` for a number and `@` for what is repeated.
    text: String,
    repeated: usize,
    /// How many entries a statement has.
    entries: usize,
    effect: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Element {
    Resource,
    NotResource,
    Action,
    /// A condition of one key with many values: operator and key.
    Values(&'static str, &'static str),
    /// Many conditions of keys of their own: operator and the beginning of the key.
    Keys(&'static str, &'static str),
    Principal,
}

/// What a request is full of.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    action: &'static str,
    /// A list that names resources or values.
    list: &'static str,
    items: usize,
    tags: usize,
    unknown: usize,
    /// What an unknown parameter is, with `#` for a number.
    value: &'static str,
    /// What names and values are made of.
    letters: &'static str,
    length: usize,
    /// One further parameter of this many bytes.
    long: usize,
    signer_known: bool,
}

const PATTERNS: [&str; 14] = [
    "arn:aws:rds:*:#:*",
    "arn:aws:rds:*:123456789012:db:x#-*",
    "*#*",
    "*a#*",
    "*@b#*",
    "*a?@?b#*",
    "*@?#",
    "?*?*?*#",
    "*a*a*a*a*a*b#",
    "arn:aws:rds:*:*:*:@#*",
    "arn:*:rds:*:*:db:${aws:username}#*",
    "*${aws:username}*#",
    "arn:aws:rds:*:????????????:*#",
    "*1*2*3*#*",
];
const VALUES: [&str; 6] = ["*#*", "*@b#*", "*a?@?b#*", "x#", "*${aws:username}*#", "@#"];
const OPERATORS: [&str; 5] =
    ["StringLike", "StringEqualsIgnoreCase", "StringEquals", "ForAnyValue:StringLike", "ForAllValues:StringNotLike"];
const KEYS: [&str; 7] = [
    "aws:TagKeys",
    "guard:Param/Engine",
    "guard:Param/DBInstanceIdentifier",
    "aws:RequestTag/a",
    "rds:DatabaseEngine",
    "aws:UserAgent",
    "guard:Param/NcharCharacterSetName",
];
const FAMILIES: [&str; 4] = ["guard:UnlistedParam/", "aws:RequestTag/", "aws:PrincipalTag/", "rds:"];
const ACTIONS: [(&str, &str); 5] = [
    ("RegisterDBProxyTargets", "DBInstanceIdentifiers.member"),
    ("CreateDBInstance", "DBSecurityGroups.DBSecurityGroupName"),
    ("CreateDBInstance", "VpcSecurityGroupIds.VpcSecurityGroupId"),
    ("ModifyDBInstance", "DBSecurityGroups.DBSecurityGroupName"),
    ("RestoreDBInstanceFromDBSnapshot", "DBSecurityGroups.DBSecurityGroupName"),
];
const LETTERS: [&str; 6] = ["a", "ab", "abcdefghijkl", "a1", "Tag", "SecretPasswordToken"];
const UNKNOWN: [&str; 4] =
    ["#", "true", "arn:aws:rds:us-east-1:123456789012:db:x#", "arn:aws:rds:us-east-1:123456789012:#"];
const COUNTS: [usize; 8] = [0, 1, 10, 50, 100, 500, 1_000, 4_990];

impl Default for Shape {
    fn default() -> Self {
        known().remove(0)
    }
}

/// Combinations that were dear once, as large as they may be.
pub(crate) fn known() -> Vec<Shape> {
    let filling =
        |element, text: &str, effect| Filling { element, text: text.to_owned(), repeated: 20, entries: 1_000, effect };
    let load = |action: &'static str, list, items| Load {
        action,
        list,
        items,
        tags: 0,
        unknown: 0,
        value: "#",
        letters: "abcdefghijkl",
        length: 20,
        long: 0,
        signer_known: false,
    };
    let targets = |items| load("RegisterDBProxyTargets", "DBInstanceIdentifiers.member", items);
    let groups = |items, tags, unknown| Load {
        tags,
        unknown,
        signer_known: true,
        ..load("CreateDBInstance", "DBSecurityGroups.DBSecurityGroupName", items)
    };
    let of = |policy, request| Shape { policy, request };
    let mut shapes = vec![
        of(filling(Element::Resource, "arn:aws:rds:*:#:*", "Deny"), targets(9_990)),
        of(filling(Element::Resource, "arn:aws:rds:*:#:*", "Deny"), targets(100)),
        of(filling(Element::Resource, "arn:aws:rds:*:#:*", "Allow"), targets(100)),
        of(filling(Element::Resource, "*a#*", "Deny"), targets(100)),
        of(filling(Element::Resource, "*@b#*", "Deny"), Load { letters: "a", length: 63, ..targets(100) }),
        of(filling(Element::Resource, "*a?@?b#*", "Deny"), Load { letters: "a", length: 63, ..targets(100) }),
        of(
            filling(Element::Resource, "*a?@?b#*", "Deny"),
            Load { letters: "a", length: 255, signer_known: true, ..targets(100) },
        ),
        of(filling(Element::Keys("StringEquals", "guard:UnlistedParam/"), "x", "Deny"), groups(4_990, 0, 4_990)),
        of(filling(Element::Keys("StringNotEquals", "guard:UnlistedParam/"), "x", "Allow"), groups(100, 0, 9_880)),
        of(filling(Element::Keys("StringEquals", "aws:RequestTag/"), "x", "Deny"), groups(100, 500, 0)),
        of(filling(Element::Values("ForAnyValue:StringLike", "aws:TagKeys"), "*a#*", "Deny"), groups(100, 500, 0)),
        of(filling(Element::Values("ForAnyValue:StringLike", "aws:TagKeys"), "*a#*", "Deny"), groups(100, 50, 0)),
        of(
            filling(Element::Values("StringLike", "guard:Param/NcharCharacterSetName"), "*a?@?b#*", "Deny"),
            Load { letters: "a", long: BODY, ..groups(100, 0, 0) },
        ),
        of(filling(Element::Action, "rds:*@?b#*", "Deny"), groups(100, 50, 0)),
        of(filling(Element::Principal, "#", "Deny"), groups(100, 50, 9_700)),
    ];
    // Plain reading: as many parameters as there may be, in as many bytes as there may be.
    let none = filling(Element::Resource, "*", "Allow");
    shapes.push(of(none.clone(), Load { length: 90, ..groups(0, 0, 9_980) }));
    shapes.push(of(none.clone(), Load { length: 90, ..groups(0, 500, 8_900) }));
    let arns = "arn:aws:rds:us-east-1:123456789012:db:x#";
    shapes.push(of(none.clone(), Load { length: 40, value: arns, ..groups(0, 0, 9_980) }));
    shapes.push(of(
        filling(Element::Resource, "arn:*:rds:*:*:db:${aws:username}#*", "Deny"),
        Load { length: 63, letters: "a", signer_known: false, ..groups(100, 50, 9_700) },
    ));
    shapes.push(of(none, Load { long: BODY, ..groups(0, 0, 0) }));
    shapes
}

impl Shape {
    pub(crate) fn random(random: &mut Random) -> Self {
        let mut shape = Self::default();
        for _ in 0..20 {
            shape = shape.changed(random);
        }
        shape
    }

    /// The same but for one trait.
    pub(crate) fn changed(&self, random: &mut Random) -> Self {
        let mut next = self.clone();
        let (policy, request) = (&mut next.policy, &mut next.request);
        match random.below(13) {
            0 => {
                policy.element =
                    [Element::Resource, Element::NotResource, Element::Action, Element::Principal][random.below(4)]
            }
            1 => policy.element = Element::Values(random.pick(&OPERATORS), random.pick(&KEYS)),
            2 => policy.element = Element::Keys(random.pick(&OPERATORS[..3]), random.pick(&FAMILIES)),
            3 => policy.text = (random.pick(&PATTERNS)).to_owned(),
            4 => policy.text = (random.pick(&VALUES)).to_owned(),
            5 => policy.repeated = random.pick(&[1, 5, 20, 60, 100, 200]),
            6 => policy.entries = random.pick(&[1, 5, 50, 1_000]),
            7 => policy.effect = random.pick(&["Allow", "Deny"]),
            8 => (request.action, request.list) = random.pick(&ACTIONS),
            9 => {
                (request.items, request.tags, request.unknown) =
                    (random.pick(&COUNTS), random.pick(&COUNTS), random.pick(&COUNTS))
            }
            10 => request.value = random.pick(&UNKNOWN),
            11 => (request.letters, request.length) = (random.pick(&LETTERS), random.pick(&[1, 20, 63, 255])),
            _ => {
                (request.signer_known, request.long) =
                    (random.below(2) == 0, random.pick(&[0, 0, 2_000, 100_000, BODY]))
            }
        }
        next
    }

    pub(crate) fn is_signer_known(&self) -> bool {
        self.request.signer_known
    }

    pub(crate) fn policies(&self) -> [String; 3] {
        [0, 1, 2].map(|at| self.policy.text(at * 10_000))
    }

    pub(crate) fn body(&self) -> String {
        self.request.body()
    }
}

impl Filling {
    fn text(&self, first: usize) -> String {
        let (mut statements, mut number) = (String::new(), first);
        let last = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;
        let room = POLICY - last.len() - r#"{"Version":"2012-10-17","Statement":[]}"#.len();
        loop {
            let mut entries = String::new();
            let frame = self.statement("").len();
            let entries_room = room.saturating_sub(statements.len() + frame + 2);
            for _ in 0..self.entries {
                let entry = self.entry(number);
                if entries.len() + entry.len() + 1 > entries_room {
                    break;
                }
                if !entries.is_empty() {
                    entries.push(',');
                }
                entries.push_str(&entry);
                number += 1;
            }
            if entries.is_empty() {
                break;
            }
            statements.push_str(&self.statement(&entries));
            statements.push(',');
        }
        format!(r#"{{"Version":"2012-10-17","Statement":[{statements}{last}]}}"#)
    }

    fn entry(&self, number: usize) -> String {
        let number_text = match self.element {
            Element::Principal => format!("{:012}", 100_000_000_000_u64 + number as u64),
            Element::Action | Element::Resource | Element::NotResource | Element::Values(..) | Element::Keys(..) => {
                if self.text.contains(":#:*") {
                    format!("{:012}", 100_000_000_000_u64 + number as u64)
                } else {
                    format!("{number:x}")
                }
            }
        };
        let text = match self.element {
            Element::Principal => number_text,
            Element::Action => format!("rds:{}", self.text.replace(['$', '{', '}', ':', '?'], ""))
                .replace('@', &"a".repeat(self.repeated.min(60)))
                .replace('#', &number_text),
            Element::Resource | Element::NotResource | Element::Values(..) | Element::Keys(..) => {
                self.text.replace('@', &"a".repeat(self.repeated)).replace('#', &number_text)
            }
        };
        match self.element {
            Element::Keys(_, family) => format!(r#""{family}k{number:x}":"{text}""#),
            Element::Principal | Element::Action | Element::Resource | Element::NotResource | Element::Values(..) => {
                format!(r#""{text}""#)
            }
        }
    }

    fn statement(&self, entries: &str) -> String {
        let (mut principal, mut action, mut resource) = ("\"*\"".to_owned(), "\"*\"".to_owned(), "\"*\"".to_owned());
        let (mut condition, mut not) = (String::new(), "");
        match self.element {
            Element::Resource => resource = format!("[{entries}]"),
            Element::NotResource => (resource, not) = (format!("[{entries}]"), "Not"),
            Element::Action => action = format!("[{entries}]"),
            Element::Principal => principal = format!(r#"{{"AWS":[{entries}]}}"#),
            Element::Values(operator, key) => {
                condition = format!(r#","Condition":{{"{operator}":{{"{key}":[{entries}]}}}}"#)
            }
            Element::Keys(operator, _) => condition = format!(r#","Condition":{{"{operator}":{{{entries}}}}}"#),
        }
        let effect = self.effect;
        format!(
            r#"{{"Effect":"{effect}","Principal":{principal},"Action":{action},"{not}Resource":{resource}{condition}}}"#
        )
    }
}

impl Load {
    fn body(&self) -> String {
        let mut body = format!("Action={}&Version=2014-10-31", self.action);
        let named = match self.action {
            "RegisterDBProxyTargets" => "&DBProxyName=p",
            "RestoreDBInstanceFromDBSnapshot" => "&DBInstanceIdentifier=d&DBSnapshotIdentifier=s",
            "ModifyDBInstance" => "&DBInstanceIdentifier=d",
            _ => "&DBInstanceIdentifier=d&DBInstanceClass=db.t3.micro&Engine=mysql",
        };
        body.push_str(named);
        let mut parameters = 6;
        let mut add = |text: String| {
            if parameters < 10_000 && body.len() + text.len() < BODY {
                parameters += 1;
                body.push_str(&text);
            }
        };
        for at in 1..=self.items {
            add(format!("&{}.{at}={}", self.list, self.name(at, 255)));
        }
        if self.action == "CreateDBInstance" {
            for at in 1..=self.tags {
                add(format!("&Tags.Tag.{at}.Key={}", self.name(at, 128)));
                add(format!("&Tags.Tag.{at}.Value=v"));
            }
        }
        for at in 1..=self.unknown {
            add(format!("&{}={}", self.name(at, 120), self.value.replace('#', &at.to_string())));
        }
        if self.long > 0 && self.action == "CreateDBInstance" {
            let room = BODY.saturating_sub(body.len() + 30).min(self.long);
            body.push_str("&NcharCharacterSetName=");
            body.push_str(&self.letters.repeat(room / self.letters.len()));
        }
        body
    }

    /// A name of these letters with a number that makes it one of its own.
    fn name(&self, number: usize, most: usize) -> String {
        let number = format!("x{number:x}");
        let length = self.length.min(most).saturating_sub(number.len());
        let letters: String = self.letters.chars().cycle().take(length.max(1)).collect();
        format!("{letters}{number}")
    }
}

impl fmt::Display for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {:?} `{}` × {}, {} each", self.effect, self.element, self.text, self.repeated, self.entries)
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, list, items, tags, unknown, value, letters, length, long, signer_known } = self;
        write!(
            f,
            "{action}: {items} {list}, {tags} tags, {unknown} unknown with {value}, names of {length} `{letters}`, {long} long, "
        )?;
        write!(f, "signer known: {signer_known}")
    }
}

/// A small random number generator (xorshift64*), the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap_or(0) % limit
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}
