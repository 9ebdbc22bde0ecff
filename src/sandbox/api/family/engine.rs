//! Facts about each engine. <RDS User Guide, "DB engines" and the Aurora, Neptune and DocumentDB guides>

use crate::sandbox::answer::{Outcome, Refusal};

/// A database engine.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) name: &'static str,
    /// The default version.
    pub(super) version: &'static str,
    /// The family of its parameter groups.
    pub(super) family: &'static str,
    pub(super) port: &'static str,
    pub(super) license: &'static str,
    pub(super) home: Home,
}

/// What an engine runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// A standalone instance.
    Instance,
    /// A cluster with instances as its members.
    Cluster,
    /// An instance or a cluster.
    Both,
}

/// The engine with this name.
pub(super) fn named(name: &str) -> Option<&'static Engine> {
    ENGINES.iter().find(|engine| engine.name == name)
}

/// The engine with this name, for an operation that requires one.
pub(super) fn known(name: &str) -> Outcome<&'static Engine> {
    named(name).ok_or_else(|| {
        Refusal::invalid_value(format!(
            "Value {name} for parameter Engine is invalid. Reason: engine {name} not supported"
        ))
    })
}

/// All engines, for lists.
pub(super) const ENGINES: [Engine; 15] = [
    engine("aurora-mysql", ("8.0.mysql_aurora.3.08.0", "aurora-mysql8.0"), "3306", GPL, Home::Cluster),
    engine("aurora-postgresql", ("16.4", "aurora-postgresql16"), "5432", POSTGRES, Home::Cluster),
    engine("db2-ae", ("11.5.9.0.sb00000000.r1", "db2-ae-11.5"), "50000", BYOL, Home::Instance),
    engine("db2-se", ("11.5.9.0.sb00000000.r1", "db2-se-11.5"), "50000", BYOL, Home::Instance),
    engine("docdb", ("5.0.0", "docdb5.0"), "27017", "na", Home::Cluster),
    engine("mariadb", ("11.4.4", "mariadb11.4"), "3306", GPL, Home::Instance),
    engine("mysql", ("8.4.3", "mysql8.4"), "3306", GPL, Home::Both),
    engine("neptune", ("1.3.4.0", "neptune1.3"), "8182", "amazon-license", Home::Cluster),
    engine("oracle-ee", ("19.0.0.0.ru-2024-10.rur-2024-10.r1", "oracle-ee-19"), "1521", BYOL, Home::Instance),
    engine("oracle-se2", ("19.0.0.0.ru-2024-10.rur-2024-10.r1", "oracle-se2-19"), "1521", INCLUDED, Home::Instance),
    engine("postgres", ("16.4", "postgres16"), "5432", POSTGRES, Home::Both),
    engine("sqlserver-ee", ("16.00.4165.4.v1", "sqlserver-ee-16.0"), "1433", INCLUDED, Home::Instance),
    engine("sqlserver-ex", ("16.00.4165.4.v1", "sqlserver-ex-16.0"), "1433", INCLUDED, Home::Instance),
    engine("sqlserver-se", ("16.00.4165.4.v1", "sqlserver-se-16.0"), "1433", INCLUDED, Home::Instance),
    engine("sqlserver-web", ("16.00.4165.4.v1", "sqlserver-web-16.0"), "1433", INCLUDED, Home::Instance),
];

const GPL: &str = "general-public-license";
const POSTGRES: &str = "postgresql-license";
const BYOL: &str = "bring-your-own-license";
const INCLUDED: &str = "license-included";

const fn engine(
    name: &'static str,
    (version, family): (&'static str, &'static str),
    port: &'static str,
    license: &'static str,
    home: Home,
) -> Engine {
    Engine { name, version, family, port, license, home }
}
