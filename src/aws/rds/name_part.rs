//! The possible characters of the part of a resource's name that a request does not contain: an id that the service
//! generates, or the rest of a default group's name.
//!
//! In its own file because the rule is about names of resources, not about how a request is read.
//!
//! Sources: RDS API Reference, the constraints of each identifier (letters, digits and hyphens; those of
//! `DBSubnetGroupName` in "CreateDBSubnetGroup" add periods, underscores and spaces; none has a colon or a slash);
//! RDS User Guide, "Working with option groups" (`default:mysql-8-0`), "Working with parameter groups"
//! (`default.mysql8.0`), "Managing automated backups" (`rds:NAME-DATE`); Service Authorization Reference, "Amazon
//! RDS", for `cev:${Engine}/${EngineVersion}/${CustomDbEngineVersionId}` and
//! `snapshot-tenant-database:${SnapshotName}:${TenantResourceId}`.

use super::resource_type_of_prefix;

/// The possible characters of an unknown part of a resource's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamePart {
    /// One word: neither a colon nor a slash.
    Word,
    /// Words with slashes between them, as in `ENGINE/VERSION/ID`: no colon.
    Path,
    /// Words with colons between them, as in `rds:NAME-DATE`: no slash.
    Prefixed,
    /// Nothing is known.
    Any,
}

impl NamePart {
    /// The characters of the unknown part, a `*`, of a name. `prefix` is the token of its type in ARNs (`db-proxy`).
    ///
    /// If a name has two parts and their separator is in the text (`default:mysql*`, `ENGINE/VERSION/*`), the unknown
    /// part has no separator. Names of a type that is not in the table can have any character.
    #[must_use]
    pub fn of_name(prefix: &str, name: &str) -> Self {
        match prefix {
            "og" | "snapshot" | "cluster-snapshot" | "snapshot-tenant-database" if !name.contains(':') => {
                Self::Prefixed
            }
            "cev" if !name.contains('/') => Self::Path,
            known if resource_type_of_prefix(known).is_some() => Self::Word,
            _ => Self::Any,
        }
    }

    /// Whether such a part can have the character. Other characters that AWS does not use in names are not excluded:
    /// a Deny on them may still be intended.
    #[must_use]
    pub const fn allows(self, character: char) -> bool {
        match (self, character) {
            (Self::Word | Self::Path, ':') | (Self::Word | Self::Prefixed, '/') => false,
            (Self::Word | Self::Path | Self::Prefixed | Self::Any, _) => true,
        }
    }
}
