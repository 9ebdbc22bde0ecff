//! The ARN of a principal that can sign requests, parsed once.

use std::{fmt, str::FromStr};

use super::{AccountId, Arn, ArnError};

/// The ARN of a principal, with the kind of principal it names.
///
/// Source: IAM User Guide, "AWS JSON policy elements: Principal".
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PrincipalArn {
    arn: Arn,
    account: AccountId,
    kind: PrincipalKind,
    /// Whether this is a role whose name is known and whose path is not.
    path_unknown: bool,
}

/// The kind of principal that an ARN names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// `arn:aws:iam::ACCOUNT:root`.
    Root,
    /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
    User,
    /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`, a role without a known session.
    Role,
    /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`, without the role's path.
    AssumedRole,
    /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
    FederatedUser,
}

/// Why a text is not a principal's ARN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalArnError {
    /// It is not an ARN.
    #[error(transparent)]
    Arn(#[from] ArnError),
    /// An ARN of something that cannot sign requests.
    #[error(
        "`{found}` names no principal: expected an iam root, user or role, or an sts assumed-role or federated-user"
    )]
    Kind {
        /// The rejected text.
        found: String,
    },
    /// The account field is not an account id.
    #[error("the account field of `{found}` is not an account id of 12 digits")]
    Account {
        /// The rejected text.
        found: String,
    },
}

impl PrincipalArn {
    /// The ARN as written.
    #[must_use]
    pub fn arn(&self) -> &Arn {
        &self.arn
    }

    /// The ARN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.arn.as_str()
    }

    /// The principal's account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The kind of this principal.
    #[must_use]
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// The name of the user, role or federated user: the last component of the path, or, for a session, the name of
    /// the role. `None` for root.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let resource = self.arn.resource();
        match self.kind {
            PrincipalKind::Root => None,
            PrincipalKind::User | PrincipalKind::Role => resource.rsplit('/').next(),
            PrincipalKind::AssumedRole | PrincipalKind::FederatedUser => resource.split('/').nth(1),
        }
    }

    /// The session name of an assumed-role session; `None` for other principals.
    #[must_use]
    pub fn session_name(&self) -> Option<&str> {
        match self.kind {
            PrincipalKind::AssumedRole => self.arn.resource().split('/').nth(2),
            PrincipalKind::Root | PrincipalKind::User | PrincipalKind::Role | PrincipalKind::FederatedUser => None,
        }
    }

    /// The principal's id as in `aws:userid`, if it follows from the ARN: root's is its account, a federated user's
    /// is its account and name. AWS generates those of users and roles (`AIDA…`, `AROA…:SESSION`).
    ///
    /// Source: IAM User Guide, "IAM policy elements: Variables and tags", the table of principal key values.
    #[must_use]
    pub fn user_id(&self) -> Option<String> {
        match self.kind {
            PrincipalKind::Root => Some(self.account.to_string()),
            PrincipalKind::FederatedUser => Some(format!("{}:{}", self.account, self.name()?)),
            PrincipalKind::User | PrincipalKind::Role | PrincipalKind::AssumedRole => None,
        }
    }

    /// The ARN, or for a session the ARN of its role, as in `aws:PrincipalArn` (IAM User Guide, "aws:PrincipalArn").
    ///
    /// A session's ARN does not contain the role's path, so the path is missing from the result.
    #[must_use]
    pub fn without_session(&self) -> String {
        match (self.kind, self.name()) {
            (PrincipalKind::AssumedRole, Some(role)) => {
                format!("arn:{}:iam::{}:role/{role}", self.arn.partition(), self.account)
            }
            (
                PrincipalKind::Root
                | PrincipalKind::User
                | PrincipalKind::Role
                | PrincipalKind::AssumedRole
                | PrincipalKind::FederatedUser,
                _,
            ) => self.to_string(),
        }
    }

    /// The role of a session, by its name; its path is not known. `None` for other principals.
    #[must_use]
    pub fn role_of_session(&self) -> Option<Self> {
        let role: Self = self.without_session().parse().ok().filter(|_| self.kind == PrincipalKind::AssumedRole)?;
        Some(Self { path_unknown: true, ..role })
    }

    /// Whether this is a role, or a session of one, whose path is not known.
    #[must_use]
    pub fn has_unknown_path(&self) -> bool {
        self.path_unknown || self.kind == PrincipalKind::AssumedRole
    }

    /// Whether this is a role with a known path, and `session` is one of its sessions, or the same role with only its
    /// name known. Names of roles are unique in an account (IAM User Guide, "IAM and AWS STS quotas", names of
    /// entities).
    #[must_use]
    pub fn is_role_of(&self, session: &Self) -> bool {
        self.kind == PrincipalKind::Role
            && !self.path_unknown
            && session.has_unknown_path()
            && self.account == session.account
            && self.arn.partition() == session.arn.partition()
            && self.name() == session.name()
    }

    fn kind_of(arn: &Arn) -> Option<PrincipalKind> {
        let resource = arn.resource();
        let parts: Vec<&str> = resource.split('/').collect();
        if !arn.region().is_empty() || parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        match (arn.service(), parts.as_slice()) {
            ("iam", ["root"]) => Some(PrincipalKind::Root),
            ("iam", ["user", _, ..]) => Some(PrincipalKind::User),
            ("iam", ["role", _, ..]) => Some(PrincipalKind::Role),
            ("sts", ["assumed-role", _, _]) => Some(PrincipalKind::AssumedRole),
            ("sts", ["federated-user", _]) => Some(PrincipalKind::FederatedUser),
            _ => None,
        }
    }
}

impl FromStr for PrincipalArn {
    type Err = PrincipalArnError;

    fn from_str(text: &str) -> Result<Self, PrincipalArnError> {
        let arn: Arn = text.parse()?;
        let kind = Self::kind_of(&arn).ok_or_else(|| PrincipalArnError::Kind { found: text.into() })?;
        let account = arn.account_id().ok_or_else(|| PrincipalArnError::Account { found: text.into() })?;
        Ok(Self { arn, account, kind, path_unknown: false })
    }
}

impl fmt::Display for PrincipalArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.arn.fmt(f)
    }
}

impl fmt::Debug for PrincipalArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrincipalArn({})", self.arn)
    }
}
