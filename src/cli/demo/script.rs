//! What is played: policies, and calls under each.

/// A policy, and calls that it decides.
pub(super) struct Act {
    /// What the policy is for.
    pub(super) title: &'static str,
    /// The policy in one line.
    pub(super) gist: &'static str,
    /// The policy.
    pub(super) policy: &'static str,
    /// `enforce` or `audit`.
    pub(super) mode: &'static str,
    pub(super) scenes: &'static [Scene],
}

/// One call.
pub(super) struct Scene {
    pub(super) caller: Caller,
    pub(super) action: &'static str,
    pub(super) parameters: &'static [(&'static str, &'static str)],
    pub(super) way: Way,
    /// Whether the words of the refusal are shown.
    pub(super) quoted: bool,
}

/// Who calls: one of two accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Account 123456789012, the one that AWS's second example denies.
    Orders,
    /// Account 111122223333.
    Billing,
}

/// How a call is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// In the Authorization header.
    Header,
    /// As a presigned URL.
    Presigned,
    /// In the Authorization header, and then a byte of the body is changed: `micro` becomes `macro`.
    Tampered,
}

/// AWS's first example: "Allow … certain Amazon RDS actions".
const LISTED: &str = include_str!("../../../config/policies/allow-listed-actions.json");

/// AWS's second example: "Deny all access from a specified AWS account".
const ACCOUNT: &str = include_str!("../../../config/policies/deny-account.json");

/// One team's own instances, by their prefix.
const TEAM: &str = include_str!("team.json");

const TEAM_GIST: &str = "Allow Describe*; Allow * on orders* of account 123456789012";

const ORDERS: (&str, &str) = ("DBInstanceIdentifier", "orders");
const BILLING: (&str, &str) = ("DBInstanceIdentifier", "billing");

/// The demonstration.
pub(super) const ACTS: [Act; 5] = [
    Act {
        title: "Some actions and no others (AWS's first example)",
        gist: "Allow CreateDBInstance, ModifyDBInstance, CreateDBSnapshot",
        policy: LISTED,
        mode: "enforce",
        scenes: &[
            header(Caller::Orders, "CreateDBInstance", &[ORDERS, ENGINE, CLASS]),
            header(Caller::Orders, "ModifyDBInstance", &[ORDERS, ("AllocatedStorage", "40")]),
            header(Caller::Orders, "CreateDBSnapshot", &[ORDERS, ("DBSnapshotIdentifier", "orders-1")]),
            Scene { quoted: true, ..header(Caller::Orders, "DeleteDBInstance", &[ORDERS, NO_SNAPSHOT]) },
        ],
    },
    Act {
        title: "Everybody but one account (AWS's second example)",
        gist: "Allow *; Deny * to account 123456789012",
        policy: ACCOUNT,
        mode: "enforce",
        scenes: &[
            header(Caller::Billing, "CreateDBInstance", &[BILLING, ENGINE, CLASS]),
            Scene { way: Way::Presigned, ..header(Caller::Billing, "DescribeDBInstances", &[]) },
            header(Caller::Orders, "DescribeDBInstances", &[]),
        ],
    },
    Act {
        title: "One team's databases and no others: least privilege by prefix",
        gist: TEAM_GIST,
        policy: TEAM,
        mode: "enforce",
        scenes: &[
            header(Caller::Orders, "CreateDBInstance", &[("DBInstanceIdentifier", "orders-test"), ENGINE, CLASS]),
            header(Caller::Orders, "DeleteDBInstance", &[("DBInstanceIdentifier", "orders-test"), NO_SNAPSHOT]),
            header(Caller::Orders, "StopDBInstance", &[("DBInstanceIdentifier", "payments")]),
            header(Caller::Billing, "ModifyDBInstance", &[BILLING, ("MultiAZ", "true")]),
        ],
    },
    Act {
        title: "A request that somebody changed after it was signed",
        gist: TEAM_GIST,
        policy: TEAM,
        mode: "enforce",
        scenes: &[Scene { way: Way::Tampered, ..header(Caller::Orders, "CreateDBInstance", &[ORDERS, ENGINE, CLASS]) }],
    },
    Act {
        title: "The same policy tried out in audit mode: nothing is refused yet",
        gist: TEAM_GIST,
        policy: TEAM,
        mode: "audit",
        scenes: &[
            header(Caller::Orders, "ModifyDBInstance", &[ORDERS, ("AllocatedStorage", "80")]),
            header(Caller::Billing, "ModifyDBInstance", &[BILLING, ("MultiAZ", "true")]),
        ],
    },
];

/// What `--serve` leaves up.
pub(super) const SERVED: Act = Act { scenes: &[], ..first() };

const fn first() -> Act {
    let [first, ..] = ACTS;
    first
}

const ENGINE: (&str, &str) = ("Engine", "postgres");
const CLASS: (&str, &str) = ("DBInstanceClass", "db.t4g.micro");
const NO_SNAPSHOT: (&str, &str) = ("SkipFinalSnapshot", "true");

const fn header(caller: Caller, action: &'static str, parameters: &'static [(&'static str, &'static str)]) -> Scene {
    Scene { caller, action, parameters, way: Way::Header, quoted: false }
}

impl Scene {
    /// What the call is about, in two words.
    pub(super) fn subject(&self) -> &'static str {
        self.parameters.first().map_or("", |(_, value)| value)
    }
}

impl Caller {
    /// The account.
    pub(super) fn account(self) -> &'static str {
        match self {
            Self::Orders => "123456789012",
            Self::Billing => "111122223333",
        }
    }

    /// An access key id of the account, in the form that carries it.
    pub(super) fn access_key_id(self) -> &'static str {
        match self {
            Self::Orders => "AKIARZPUZDIKAEXAMPLE",
            Self::Billing => "AKIARTX3GSDSQEXAMPLE",
        }
    }
}
