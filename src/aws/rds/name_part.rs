//! Which characters the part of a resource's name can have that a request does not show: an id that the service generates,
//! or the rest of a default group's name.
//!
//! A file of its own, because the rule is about names of resources and not about how a request is read.
//!
//! Sources: RDS API Reference, the constraints of each identifier (letters, digits and hyphens; those of `DBSubnetGroupName`
//! in "CreateDBSubnetGroup" add periods, underscores and spaces; none has a colon or a slash); RDS User Guide, "Working
//! with option groups" (`default:mysql-8-0`), "Working with parameter groups"
//! (`default.mysql8.0`), "Managing automated backups" (`rds:NAME-DATE`); Service Authorization Reference, "Amazon RDS", for
//! `cev:${Engine}/${EngineVersion}/${CustomDbEngineVersionId}` and
//! `snapshot-tenant-database:${SnapshotName}:${TenantResourceId}`.

use super::resource_type_of_prefix;

/// The characters that an unknown part of a resource's name can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamePart {
    /// One word: neither a colon nor a slash.
    Word,
    /// Words with slashes between them, as in `ENGINE/VERSION/ID`: no colon.
    Path,
    /// Words with colons between them, as in `rds:NAME-DATE`: no slash.
    Prefixed,
    /// Nothing is known of it.
    Any,
}

impl NamePart {
    /// The characters of the unknown part, a `*`, of a name of the type with this token in its ARNs (`db-proxy`).
    ///
    /// A name of two parts whose separator is in the text (`default:mysql*`, `ENGINE/VERSION/*`) has none in the unknown
    /// part. Names of a type that the table lacks can have any character.
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

    /// Whether such a part can have the character. What else AWS leaves out of names is not excluded: a Deny on it
    /// may still be meant.
    #[must_use]
    pub const fn allows(self, character: char) -> bool {
        match (self, character) {
            (Self::Word | Self::Path, ':') | (Self::Word | Self::Prefixed, '/') => false,
            (Self::Word | Self::Path | Self::Prefixed | Self::Any, _) => true,
        }
    }
}
