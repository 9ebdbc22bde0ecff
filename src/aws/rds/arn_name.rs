//! The names of resources in their ARNs: their characters, and the prefixes of names that RDS generates.
//!
//! Sources: RDS API Reference, the constraints of each identifier; RDS User Guide, "Amazon Resource Names (ARNs) in
//! Amazon RDS". No page states a form for the ids that RDS generates, so it is taken from AWS's examples: `ab-` in
//! the API Reference, "DeleteDBInstanceAutomatedBackup"; `prx-tg-`, `prx-endpoint-` and `tdb-` in the AWS CLI Command
//! Reference, "describe-db-proxy-target-groups", "describe-db-proxy-endpoints" and "create-tenant-database"; `bgd-`
//! in a sample event of blue/green deployments; `shardgroup-` in the acceptance test of Terraform's
//! `aws_rds_shard_group`. Where no page limits the characters, all printable ones are accepted. A matching form does
//! not prove that a name exists: it only excludes texts that cannot be names.

use super::{Folding, ResourceType};

/// The form of the part of an ARN after the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameForm {
    /// The possible prefixes of a name; `""` if none is required.
    pub heads: &'static [&'static str],
    /// The characters after the prefix.
    pub characters: Characters,
    /// Whether they include capital letters.
    pub capitals: bool,
    /// Whether RDS generates the id, so that it is not a name that a caller has chosen.
    pub generated: bool,
    /// The prefix of a second part after a colon, if there is one.
    pub part: Option<&'static str>,
}

/// The set of characters in names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Characters {
    /// Hexadecimal digits and hyphens: a UUID.
    Hexadecimal,
    /// Letters, digits and hyphens.
    Plain,
    /// The same and full stops.
    Dotted,
    /// The same and underscores and blanks.
    Words,
    /// Printable characters except colons and slashes.
    Printable,
    /// Printable characters except colons.
    Path,
}

/// No required prefix.
const FREE: &[&str] = &[""];

impl NameForm {
    /// Whether a name can have this character after its prefix.
    #[must_use]
    pub fn allows(&self, character: char) -> bool {
        if character.is_ascii_uppercase() && !self.capitals {
            return false;
        }
        let plain = character.is_ascii_alphanumeric() || character == '-';
        match self.characters {
            Characters::Hexadecimal => character.is_ascii_hexdigit() || character == '-',
            Characters::Plain => plain,
            Characters::Dotted => plain || character == '.',
            Characters::Words => plain || matches!(character, '.' | '_' | ' '),
            Characters::Printable => is_printable(character) && !matches!(character, ':' | '/'),
            Characters::Path => is_printable(character) && character != ':',
        }
    }
}

/// Wildcards are not part of a name: requests with them are refused.
fn is_printable(character: char) -> bool {
    (' '..='~').contains(&character) && !matches!(character, '*' | '?' | '%')
}

impl ResourceType {
    /// The form that names of this type have in ARNs.
    #[must_use]
    pub fn name_form(&self) -> NameForm {
        let (heads, characters): (&'static [&'static str], Characters) = match self.prefix {
            "db" | "cluster" | "cluster-endpoint" | "global-cluster" => (FREE, Characters::Plain),
            // Names of automated snapshots begin with `rds:`, those of AWS Backup with `awsbackup:`.
            "snapshot" | "cluster-snapshot" => (&["", "rds:", "awsbackup:"], Characters::Plain),
            // `default.mysql8.0`.
            "pg" | "cluster-pg" => (FREE, Characters::Dotted),
            // `default:mysql-8-0`.
            "og" => (&["", "default:"], Characters::Dotted),
            "subgrp" => (FREE, Characters::Words),
            "secgrp" => (&["", "default:"], Characters::Words),
            "db-proxy" => (&["prx-"], Characters::Plain),
            "db-proxy-endpoint" => (&["prx-endpoint-"], Characters::Plain),
            "target-group" => (&["prx-tg-"], Characters::Plain),
            "auto-backup" => (&["ab-"], Characters::Plain),
            "deployment" => (&["bgd-"], Characters::Plain),
            "shard-group" => (&["shardgroup-"], Characters::Plain),
            "tenant-database" => (&["tdb-"], Characters::Plain),
            "integration" => (FREE, Characters::Hexadecimal),
            // `SNAPSHOT:tdb-…`.
            "snapshot-tenant-database" => (&["", "rds:", "awsbackup:"], Characters::Plain),
            // `ENGINE/VERSION/ID`, of the engines of RDS Custom.
            "cev" => (&["custom-"], Characters::Path),
            _ => (FREE, Characters::Printable),
        };
        let generated = self.prefix != "cev" && !heads.contains(&"") || characters == Characters::Hexadecimal;
        let part = (self.prefix == "snapshot-tenant-database").then_some("tdb-");
        let capitals = !self.folds() || self.folding == Folding::Generated;
        NameForm { heads, characters, capitals, generated, part }
    }
}

#[cfg(test)]
mod tests {
    use crate::aws::rds::{RESOURCE_TYPES, resource_type_of_prefix};

    fn takes(prefix: &str, name: &str) -> bool {
        let form = resource_type_of_prefix(prefix).expect("a type").name_form();
        let whole = |text: &str| !text.is_empty() && text.chars().all(|c| form.allows(c));
        let name = match form.part {
            None => name,
            Some(part) => match name.rsplit_once(&format!(":{part}")) {
                Some((name, id)) if whole(id) => name,
                Some(_) | None => return false,
            },
        };
        form.heads.iter().any(|head| name.strip_prefix(head).is_some_and(whole))
    }

    #[test]
    fn names_of_aws_s_own_examples_have_the_form_of_their_type() {
        for (prefix, name) in [
            ("db", "my-mysql-instance-1"),
            ("cluster", "my-aurora-cluster-1"),
            ("snapshot", "rds:my-mysql-db-2026-01-01-00-00"),
            ("snapshot", "awsbackup:job-be9a841c-1a2b"),
            ("cluster-snapshot", "rds:my-aurora-2026-01-01-00-00"),
            ("pg", "default.mysql8.0"),
            ("og", "default:sqlserver-ee-15-00"),
            ("og", "my-og"),
            ("subgrp", "my subnet_group.1"),
            ("es", "my-subscription"),
            ("global-cluster", "my-global"),
            ("db-proxy", "prx-0123456789abcdef0"),
            ("db-proxy-endpoint", "prx-endpoint-0123456789abcdef0"),
            ("target-group", "prx-tg-0123456789abcdef0"),
            ("auto-backup", "ab-l2ijcexjp7xq7hoj4sieexample"),
            ("auto-backup", "ab-L2IJCEXJP7XQ7HOJ4SIEXAMPLE"),
            ("deployment", "bgd-v53303651eexfake"),
            ("shard-group", "shardgroup-8986d309a93c4da1b1455add17abcdef"),
            ("integration", "5b9f3d79-7392-4a3e-896c-58eaa1b53231"),
            ("cev", "custom-oracle-ee/19.my_cev1/12345678-1234"),
            ("snapshot-tenant-database", "orders-1:tdb-0123"),
        ] {
            assert!(takes(prefix, name), "{prefix}:{name}");
        }
    }

    #[test]
    fn no_form_takes_a_wildcard_and_those_that_fold_take_no_capital() {
        for kind in RESOURCE_TYPES.iter() {
            let form = kind.name_form();
            assert!(!form.allows('*') && !form.allows('?') && !form.heads.is_empty(), "{}", kind.prefix);
            assert!(!(form.allows('A') && kind.folds()), "{}", kind.prefix);
        }
        for (prefix, name) in
            [("db", "Orders"), ("db", "a_b"), ("db", "a/b"), ("db-proxy", "orders"), ("integration", "orders")]
        {
            assert!(!takes(prefix, name), "{prefix}:{name}");
        }
    }
}
