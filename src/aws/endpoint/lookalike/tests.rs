//! Every AWS host that botocore knows is classified as before, and no name in the position of the RDS API passes.

use proptest::prelude::*;
use serde_json::Value;

use super::OWNED_SUFFIXES;
use crate::aws::{
    Partition,
    endpoint::{Recognised, recognise},
};

fn table() -> Value {
    serde_json::from_str(include_str!("../../../../tests/data/hosts/aws-hosts.json")).unwrap()
}

fn strings<'a>(table: &'a Value, key: &str) -> Vec<&'a str> {
    table[key].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

/// The partitions with their regions.
fn partitions(table: &Value) -> Vec<(Partition, Vec<&str>)> {
    let regions = table["regions"].as_object().unwrap();
    regions.keys().map(|name| (Partition::from_name(name).unwrap(), strings(&table["regions"], name))).collect()
}

#[test]
fn of_all_services_in_all_regions_rds_alone_is_recognised_and_no_other_is_refused() {
    let table = table();
    let services = strings(&table, "services");
    assert!(services.len() > 400 && services.contains(&"rds-data"));
    let mut seen = 0;
    for (partition, regions) in partitions(&table) {
        for region in regions {
            for suffix in [partition.dns_suffix(), partition.dual_stack_suffix()] {
                for service in services.iter().flat_map(|name| [(*name).to_owned(), format!("{name}-fips")]) {
                    let found = recognise(&format!("{service}.{region}.{suffix}"));
                    let expected = matches!(service.as_str(), "rds" | "rds-fips");
                    assert_eq!(matches!(found, Recognised::Rds(_)), expected, "{service} {region} {suffix}");
                    assert_ne!(found, Recognised::Lookalike, "{service} {region} {suffix}");
                    seen += 1;
                }
                let endpoint = format!("vpce-0123456789abcdef0-abcd1234.rds-data.{region}.vpce.{suffix}");
                assert_eq!(recognise(&endpoint), Recognised::Other, "{endpoint}");
            }
        }
    }
    assert!(seen > 50_000, "{seen}");
}

#[test]
fn a_resource_that_a_customer_named_after_rds_is_no_name_of_the_api() {
    let table = table();
    let mut labelled = 0;
    for template in strings(&table, "hosts") {
        for label in ["rds", "rds-tools", "rds-fips", "prod"] {
            for (region, partition) in [("us-east-2", Partition::Aws), ("cn-north-1", Partition::AwsCn)] {
                let host = template
                    .replace("{label}", label)
                    .replace("{region}", region)
                    .replace("{suffix}", partition.dns_suffix())
                    .replace("{dual}", partition.dual_stack_suffix());
                let found = recognise(&host);
                let api = host.starts_with("rds.") || host.starts_with("rds-fips.");
                // An account's or a stream's number is not a name that a customer chooses.
                let chosen = template.starts_with("{label}.s3") || template.starts_with("{label}-{label}.s3");
                if chosen || !template.starts_with("{label}") {
                    assert_eq!(matches!(found, Recognised::Other), !api || chosen, "{host}: {found:?}");
                    labelled += usize::from(chosen);
                }
            }
        }
    }
    assert!(labelled > 100, "{labelled}");
}

#[test]
fn what_customers_name_themselves_passes() {
    for name in [
        "rds-exports.s3.amazonaws.com",
        "rds-downloads.s3.amazonaws.com",
        "rds-downloads.s3.us-east-1.amazonaws.com",
        "rds.backups.prod.s3.eu-west-1.amazonaws.com",
        "rds-topics.s3.dualstack.us-west-2.amazonaws.com",
        "rds-old.s3-eu-west-1.amazonaws.com",
        "rds-site.s3-website-us-east-1.amazonaws.com",
        "rds-site.s3-website.eu-central-1.amazonaws.com",
        "rds-bucket.s3-accelerate.amazonaws.com",
        "rds-ap-123456789012.s3-accesspoint.us-east-1.amazonaws.com",
        "rds-dir--use1-az5--x-s3.s3express-use1-az5.us-east-1.amazonaws.com",
        "rds-exports.s3.cn-north-1.amazonaws.com.cn",
        "rds-exports.bucket.vpce-0123456789abcdef0-abcd1234.s3.us-east-1.vpce.amazonaws.com",
        "rds-ap-123456789012.accesspoint.vpce-0123456789abcdef0-abcd1234.s3.us-east-1.vpce.amazonaws.com",
        "rds-lb-123.us-east-1.elb.amazonaws.com",
        "rds-lb-0123456789abcdef.elb.us-east-1.amazonaws.com",
        "rds-lb-123.cn-north-1.elb.amazonaws.com.cn",
        "rds-xyz.execute-api.us-east-1.amazonaws.com",
        "rds-prod.abcdefg12345.us-east-1.rds.amazonaws.com",
        "rds.cluster-abcdefg12345.us-east-1.rds.amazonaws.com",
        "rds-prod.proxy-abcdefg12345.us-east-1.rds.amazonaws.com",
        "rds-prod.abcdefg.rds.cn-north-1.amazonaws.com.cn",
        "rds-prod.abcdefg.us-east-2.rds-preview.amazonaws.com",
        "rds-graph.cluster-abcdefg12345.us-east-1.neptune.amazonaws.com",
        "rds-docs.cluster-abcdefg12345.us-east-1.docdb.amazonaws.com",
        "rds-dw.abcdefg12345.us-east-1.redshift.amazonaws.com",
        "rds-wg.123456789012.us-east-1.redshift-serverless.amazonaws.com",
        "rds-cache.abcdef.0001.use1.cache.amazonaws.com",
        "rds-libs-123456789012.d.codeartifact.us-east-1.amazonaws.com",
        "rds-gateway-0123456789abcdef0.7d67968.vpc-lattice-svcs.us-east-1.on.aws",
        "rds-analysis.notebook.us-east-1.sagemaker.aws",
        "rds-data.us-east-1.amazonaws.com",
        "rds-data-fips.us-gov-west-1.amazonaws.com",
        "RDS-DB.us-east-1.amazonaws.com.",
        "vpce-0123456789abcdef0-abcd1234.rds-data.us-east-1.vpce.amazonaws.com",
        "truststore.pki.rds.amazonaws.com",
        "rds-tools.example.com",
        "rds-preview.us-east-2.amazonaws.com.evil.example",
        "rds-preview.us-east-2.notamazonaws.com",
    ] {
        assert_eq!(recognise(name), Recognised::Other, "{name}");
    }
}

#[test]
fn the_preview_api_was_tunnelled_unread_and_is_recognised_in_its_one_region() {
    let Recognised::Rds(host) = recognise("RDS-Preview.us-east-2.amazonaws.com.") else { panic!("not recognised") };
    assert_eq!((host.name(), host.region().as_str()), ("rds-preview.us-east-2.amazonaws.com", "us-east-2"));
    for name in [
        "rds-preview.us-east-1.amazonaws.com",
        "rds-preview.amazonaws.com",
        "rds-preview.us-east-2.api.aws",
        "rds-preview.us-east-2.vpce.amazonaws.com",
        "vpce-0123456789abcdef0-abcd1234.rds-preview.us-east-2.vpce.amazonaws.com",
        "foo.rds-fips.us-east-1.vpce.amazonaws.com",
        "rds-gamma.eu-west-1.amazonaws.com",
        "rds-fips-2.us-east-1.amazonaws.com",
        "rds.dualstack.us-east-1.amazonaws.com",
        "rds-preview.rds.us-east-2.amazonaws.com",
        "rds-preview.us-east-2.rds.amazonaws.com",
        "rds-.us-east-1.amazonaws.com",
        "rds-data2.us-east-1.amazonaws.com",
        "rds-data-preview.us-east-1.amazonaws.com",
        "rds-beta.codeartifact.us-east-1.amazonaws.com",
        "rds-beta.us-gov-west-1.amazonaws-us-gov.com",
    ] {
        assert_eq!(recognise(name), Recognised::Lookalike, "{name}");
    }
}

fn suffix() -> impl Strategy<Value = &'static str> {
    let dual_stack = Partition::ALL.map(Partition::dual_stack_suffix);
    let plain = Partition::ALL.map(Partition::dns_suffix);
    proptest::sample::select([OWNED_SUFFIXES.as_slice(), &dual_stack, &plain].concat())
}

/// A label in the position of the service: `rds`, or one that AWS may introduce.
fn service() -> impl Strategy<Value = String> {
    let invented = "rds(-[a-z0-9]{1,8}){0,3}-?";
    invented.prop_filter("a known other", |label| !label.starts_with("rds-data") && !label.starts_with("rds-db"))
}

proptest! {
    #[test]
    fn no_name_in_the_place_of_the_api_is_ever_tunnelled(
        service in service(),
        suffix in suffix(),
        region in "(us|eu|ap|cn|us-gov|us-iso|eusc-de|xx)-(north|east|central)-[0-9]{1,2}",
        middle in "(dualstack|fips|global|api|v2|[a-z]{1,6}x)",
        capitals in any::<u64>(),
        dot in any::<bool>(),
    ) {
        for name in [
            format!("{service}.{suffix}"),
            format!("{service}.{region}.{suffix}"),
            format!("{service}.{middle}.{suffix}"),
            format!("{service}.{middle}.{region}.{suffix}"),
            format!("{service}.{region}.{middle}.{suffix}"),
            format!("{service}.{region}.vpce.{suffix}"),
            format!("{middle}.{service}.{region}.vpce.{suffix}"),
            format!("{middle}.vpce-0123456789abcdef0-abcd1234.{service}.{region}.vpce.{suffix}"),
            format!("vpce-0123456789abcdef0-abcd1234-{region}a.{service}.{region}.vpce.{suffix}"),
            format!("vpce-0123456789abcdef0-abcd1234.{service}.{middle}.{region}.vpce.{suffix}"),
        ] {
            let spelled: String = name
                .chars()
                .enumerate()
                .map(|(at, c)| if capitals >> (at % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c })
                .chain(dot.then_some('.'))
                .collect();
            prop_assert_ne!(recognise(&spelled), Recognised::Other, "{}", spelled);
        }
    }
}
