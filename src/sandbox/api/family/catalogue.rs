//! The catalogue of RDS: engine versions, classes, certificates, regions, quotas.

use super::engine::{ENGINES, Engine, Home};
use crate::sandbox::{
    answer::Refusal,
    api::{
        Answered, Ask, World, describe,
        record::{Item, Record},
    },
    xml::Element,
};

/// DescribeDBEngineVersions: one version of each engine, and the custom ones.
pub(in crate::sandbox::api) fn engine_versions(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (name, family) = world.model.subject(ask.operation)?;
    let version = |engine: &Engine| {
        Record::listed(
            engine.name,
            [
                ("Engine", engine.name),
                ("EngineVersion", engine.version),
                ("MajorEngineVersion", major(engine)),
                ("DBParameterGroupFamily", engine.family),
                ("DBEngineDescription", engine.name),
                ("DBEngineVersionDescription", engine.version),
                ("Status", "available"),
                ("SupportsReadReplica", "true"),
                ("SupportsGlobalDatabases", if engine.name.starts_with("aurora") { "true" } else { "false" }),
            ],
        )
    };
    let mut versions: Vec<Record> = ENGINES.iter().map(version).collect();
    versions.extend(world.store.all(&ask.asker.shelf("CustomDBEngineVersion")).cloned());
    describe::page_of(ask, (name, family), versions.iter().collect())
}

/// DescribeDBMajorEngineVersions.
pub(in crate::sandbox::api) fn major_versions(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (name, family) = world.model.subject(ask.operation)?;
    let version =
        |engine: &Engine| Record::listed(engine.name, [("Engine", engine.name), ("MajorEngineVersion", major(engine))]);
    let versions: Vec<Record> = ENGINES.iter().map(version).collect();
    describe::page_of(ask, (name, family), versions.iter().collect())
}

/// DescribeOrderableDBInstanceOptions.
pub(in crate::sandbox::api) fn orderable(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (name, family) = world.model.subject(ask.operation)?;
    let wanted = ask.parameters.required("Engine")?;
    let engine = ENGINES.iter().find(|engine| engine.name == wanted);
    let engine = engine.ok_or_else(|| Refusal::invalid_value(format!("Invalid DB engine: {wanted}")))?;
    let option = |class: &&str| {
        let mut option = Record::listed(
            class,
            [
                ("Engine", engine.name),
                ("EngineVersion", engine.version),
                ("DBInstanceClass", class),
                ("LicenseModel", engine.license),
                ("StorageType", if engine.home == Home::Cluster { "aurora" } else { "gp3" }),
                ("MultiAZCapable", "true"),
                ("ReadReplicaCapable", "true"),
                ("Vpc", "true"),
                ("SupportsStorageEncryption", "true"),
            ],
        );
        let zone = |zone: char| Item::with([("Name", format!("{}{zone}", ask.asker.region).as_str())]);
        option.set_items("AvailabilityZones.AvailabilityZone", &['a', 'b', 'c'].map(zone));
        option
    };
    let options: Vec<Record> = CLASSES.iter().map(option).collect();
    describe::page_of(ask, (name, family), options.iter().collect())
}

const CLASSES: [&str; 4] = ["db.m8g.large", "db.r8g.large", "db.t4g.medium", "db.t4g.micro"];

/// DescribeCertificates.
pub(in crate::sandbox::api) fn certificates(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (name, family) = world.model.subject(ask.operation)?;
    let certificates: Vec<Record> = CERTIFICATES.iter().map(|id| certificate(ask, id)).collect();
    describe::page_of(ask, (name, family), certificates.iter().collect())
}

/// ModifyCertificates: the default for new instances. The sandbox only checks that the certificate exists.
pub(in crate::sandbox::api) fn modify_certificates(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let wanted = ask.value("CertificateIdentifier").unwrap_or("rds-ca-rsa2048-g1");
    let Some(known) = CERTIFICATES.iter().find(|id| **id == wanted) else {
        return Err(world.model.family("Certificate")?.missing.of("Certificate", wanted));
    };
    let mut certificate = certificate(ask, known);
    certificate.set("CustomerOverride", (!ask.flag("RemoveCustomerOverride")?).to_string());
    Ok(Some(vec![certificate.plain_element("Certificate")]))
}

const CERTIFICATES: [&str; 3] = ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"];

fn certificate(ask: &Ask<'_>, id: &str) -> Record {
    Record::listed(
        id,
        [
            ("CertificateIdentifier", id),
            ("CertificateType", "CA"),
            ("Thumbprint", "0000000000000000000000000000000000000000"),
            ("ValidFrom", "2021-05-25T22:34:57Z"),
            ("ValidTill", "2061-05-25T23:34:57Z"),
            ("CertificateArn", &format!("arn:aws:rds:{}::cert:{id}", ask.asker.region)),
            ("CustomerOverride", "false"),
        ],
    )
}

/// DescribeSourceRegions.
pub(in crate::sandbox::api) fn source_regions(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (name, family) = world.model.subject(ask.operation)?;
    let region = |region: &&str| {
        Record::listed(
            region,
            [
                ("RegionName", *region),
                ("Endpoint", &format!("https://rds.{region}.amazonaws.com")),
                ("Status", "available"),
                ("SupportsDBInstanceAutomatedBackupsReplication", "true"),
            ],
        )
    };
    let others = ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"];
    let regions: Vec<Record> = others.iter().filter(|other| **other != ask.asker.region).map(region).collect();
    describe::page_of(ask, (name, family), regions.iter().collect())
}

/// DescribeServerlessV2PlatformVersions.
pub(in crate::sandbox::api) fn platform_versions(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (name, family) = world.model.subject(ask.operation)?;
    let version = |engine: &&str| {
        Record::listed(
            engine,
            [
                ("ServerlessV2PlatformVersion", "3"),
                ("ServerlessV2PlatformVersionDescription", "Aurora Serverless v2 platform version 3"),
                ("Engine", *engine),
                ("Status", "enabled"),
                ("IsDefault", "true"),
                ("ServerlessV2FeaturesSupport.MinCapacity", "0"),
                ("ServerlessV2FeaturesSupport.MaxCapacity", "256"),
            ],
        )
    };
    let versions: Vec<Record> = ["aurora-mysql", "aurora-postgresql"].iter().map(version).collect();
    describe::page_of(ask, (name, family), versions.iter().collect())
}

/// DescribeAccountAttributes: the quotas, and how much of each is used. <RDS User Guide, "Quotas in Amazon RDS">
pub(in crate::sandbox::api) fn quotas(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    const QUOTAS: [(&str, &str, &str); 6] = [
        ("DBInstances", "DBInstance", "40"),
        ("DBClusters", "DBCluster", "40"),
        ("ManualSnapshots", "DBSnapshot", "100"),
        ("DBParameterGroups", "DBParameterGroup", "50"),
        ("DBSubnetGroups", "DBSubnetGroup", "50"),
        ("EventSubscriptions", "EventSubscription", "20"),
    ];
    let quota = |(name, kind, most): &(&str, &str, &str)| {
        let used = world.store.all(&ask.asker.shelf(kind)).count().to_string();
        Item::with([("AccountQuotaName", *name), ("Used", &used), ("Max", most)]).element("AccountQuota")
    };
    Ok(Some(vec![Element::parent("AccountQuotas", QUOTAS.iter().map(quota).collect())]))
}

fn major(engine: &Engine) -> &'static str {
    engine.version.split('.').next().unwrap_or(engine.version)
}
