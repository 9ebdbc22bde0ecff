//! The script of the demonstration: policies, and the calls made under each.

/// A policy, and the calls that it decides.
pub(super) struct Act {
    /// The purpose of the policy.
    pub(super) title: &'static str,
    /// The policy in one line.
    pub(super) gist: &'static str,
    /// The policy as JSON.
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
    /// Whether the message of the refusal is shown.
    pub(super) quoted: bool,
}

/// The caller: one of two accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Account 123456789012, which AWS's second example denies.
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
    /// In the Authorization header, with a byte of the body changed afterwards: `micro` becomes `macro`.
    Tampered,
}

/// AWS's first example: "Allow … certain Amazon RDS actions".
const LISTED: &str = include_str!("../../../config/policies/allow-listed-actions.json");

/// AWS's second example: "Deny all access from a specified AWS account".
const ACCOUNT: &str = include_str!("../../../config/policies/deny-account.json");

/// Allows one team its own instances, by their prefix.
const TEAM: &str = include_str!("team.json");

const TEAM_GIST: &str = "Allow Describe*; Allow * on orders* of account 123456789012";

const ORDERS: (&str, &str) = ("DBInstanceIdentifier", "orders");
const BILLING: (&str, &str) = ("DBInstanceIdentifier", "billing");

/// The acts of the demonstration.
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
        title: "Every account but one (AWS's second example)",
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
        title: "A request that was changed after it was signed",
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

/// The policy and mode for `--serve`.
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
    /// The main parameter of the call.
    pub(super) fn subject(&self) -> &'static str {
        self.parameters.first().map_or("", |(_, value)| value)
    }
}

impl Caller {
    /// The account id.
    pub(super) fn account(self) -> &'static str {
        match self {
            Self::Orders => "123456789012",
            Self::Billing => "111122223333",
        }
    }

    /// An access key id that encodes the account.
    pub(super) fn access_key_id(self) -> &'static str {
        match self {
            Self::Orders => "AKIARZPUZDIKAEXAMPLE",
            Self::Billing => "AKIARTX3GSDSQEXAMPLE",
        }
    }
}
