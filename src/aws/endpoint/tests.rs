//! Every host of the endpoint table is recognised, and no host that only resembles one.

use serde_json::Value;

use super::*;

fn table() -> Value {
    serde_json::from_str(include_str!("../../../tests/data/rds/endpoints.json")).unwrap()
}

fn rds(name: &str) -> RdsHost {
    match recognise(name) {
        Recognised::Rds(host) => host,
        other @ (Recognised::Lookalike | Recognised::Other) => panic!("{name}: {other:?}"),
    }
}

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

#[test]
fn each_of_the_184_host_names_is_the_rds_api_of_its_region() {
    let mut seen = 0;
    for (name, entry) in table()["regions"].as_object().unwrap() {
        for host in entry["hosts"].as_array().unwrap() {
            let host = host.as_str().unwrap();
            let shouted = format!("{}.", host.to_ascii_uppercase());
            for spelling in [host, shouted.as_str()] {
                let found = rds(spelling);
                assert_eq!((found.region().as_str(), found.name()), (name.as_str(), host), "{spelling}");
                assert_eq!(found.region().partition().as_str(), entry["partition"].as_str().unwrap());
                assert_eq!(found.is_fips(), host.starts_with("rds-fips."), "{host}");
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 184);
}

#[test]
fn the_names_of_a_region_are_those_of_the_table() {
    let table = table();
    let regions = table["regions"].as_object().unwrap();
    assert_eq!(regions.len(), 46);
    for (name, entry) in regions {
        let region = region(name);
        assert_eq!(service_name(&region), entry["standard"]);
        assert_eq!(fips_name(&region), entry["fips"]);
        assert_eq!(private_dns_name(&region), entry["vpce_private_name"]);
        assert_eq!(private_link_service(&region), entry["privatelink_service_seed_form"]);
        let other = private_link_alternative(&region).unwrap_or_else(|| private_link_service(&region));
        assert_eq!(other, entry["privatelink_service"]);
    }
}

#[test]
fn the_28_regions_of_the_user_guide_have_the_service_name_that_the_page_gives() {
    let table = table();
    let listed = table["regions"].as_object().unwrap().iter().filter(|(_, entry)| entry["in_seed_28"] == true);
    let names: Vec<_> = listed.map(|(name, _)| private_link_service(&region(name))).collect();
    assert_eq!(names.len(), 28);
    for name in ["com.amazonaws.us-east-1.rds", "com.amazonaws.cn-northwest-1.rds", "com.amazonaws.us-gov-west-1.rds"] {
        assert!(names.iter().any(|found| found == name), "{name}");
    }
}

#[test]
fn the_zonal_and_regional_endpoint_names_of_every_region_are_recognised() {
    for (name, entry) in table()["regions"].as_object().unwrap() {
        for form in ["regional", "zonal"] {
            let template = entry["vpce_dns"][form].as_str().unwrap();
            let zone = format!("{name}c");
            let host =
                template.replace("{id}", "0a1b2c3d4e5f60718").replace("{suffix}", "9vdxuk3l").replace("{az}", &zone);
            for (host, fips) in [(host.clone(), false), (host.replace(".rds.", ".rds-fips."), true)] {
                let found = rds(&host);
                let kind = HostKind::VpcEndpoint {
                    id: "vpce-0a1b2c3d4e5f60718".parse().unwrap(),
                    zone: (form == "zonal").then(|| zone.as_str().into()),
                    fips,
                };
                assert_eq!((found.region().as_str(), found.kind()), (name.as_str(), &kind), "{host}");
            }
        }
    }
}

#[test]
fn the_tables_matches_match() {
    for case in table()["tests"]["match"].as_array().unwrap() {
        let host = rds(case["host"].as_str().unwrap());
        assert_eq!(host.region().as_str(), case["region"], "{case}");
        let vpce = matches!(host.kind(), HostKind::VpcEndpoint { .. });
        assert_eq!(vpce, case["kind"] == "vpce", "{case}");
    }
}

#[test]
fn what_the_table_says_is_not_the_api_is_not_recognised() {
    for case in table()["tests"]["no_match"].as_array().unwrap() {
        let host = case["host"].as_str().unwrap();
        // The table leaves the global name to configuration; here it means us-east-1.
        let expected = host == "rds.amazonaws.com";
        assert_eq!(matches!(recognise(host), Recognised::Rds(_)), expected, "{case}");
    }
}

#[test]
fn the_global_name_is_that_of_us_east_1() {
    let host = rds("RDS.amazonaws.com.");
    assert_eq!((host.kind(), host.region().as_str()), (&HostKind::Global, "us-east-1"));
}

#[test]
fn chinas_second_name_exists_in_china_only() {
    assert_eq!(rds("rds-api.cn-north-1.amazonaws.com.cn").kind(), &HostKind::ChinaEndpointName);
    for name in [
        "rds-api.us-east-1.amazonaws.com",
        "rds-api.cn-north-1.api.amazonwebservices.com.cn",
        "rds-api.us-east-1.amazonaws.com.cn",
    ] {
        assert_eq!(recognise(name), Recognised::Lookalike, "{name}");
    }
}

#[test]
fn a_region_that_no_table_lists_counts_by_its_form() {
    assert_eq!(rds("rds.ap-southeast-11.amazonaws.com").region().as_str(), "ap-southeast-11");
    assert_eq!(rds("rds-fips.us-isof-north-3.csp.hci.ic.gov").region().as_str(), "us-isof-north-3");
    assert_eq!(recognise("rds.xx-north-1.amazonaws.com"), Recognised::Lookalike);
}

#[test]
fn a_name_that_resembles_the_api_under_a_suffix_of_aws_is_never_tunnelled() {
    for name in [
        "rds.us-east-1.amazonaws.com.cn",
        "rds.cn-north-1.amazonaws.com",
        "rds.us-gov-west-1.amazonaws.eu",
        "rds.us-east-1.api.amazonaws.com",
        "rds.us-east-1a.amazonaws.com",
        "rds.aws-global.amazonaws.com",
        "RDS-FIPS.amazonaws.com",
        "rds.amazonaws.com.cn",
        "rds.us-east-1.vpce.amazonaws.com",
        "rds.us-east-1.on.aws",
        "rds.global.api.aws",
        "rds.us-iso-east-1.sc2s.sgov.gov",
        "vpce-0123456789abcdef0-abcd1234-eu-west-1a.rds.us-east-1.vpce.amazonaws.com",
        "vpce-0123456789abcdef0-abcd1234.rds-api.cn-north-1.vpce.amazonaws.com.cn",
        "vpce-0123456789abcdef0.rds.us-east-1.vpce.amazonaws.com",
        "bucket.vpce-0123456789abcdef0-abcd1234.rds.us-east-1.vpce.amazonaws.com",
        "vpce-0123456789abcdef0-abcd1234.rds.us-east-1.vpce.api.aws",
        "vpce-0123456789ABCDEF0-abcd1234.rds-fips.us-east-1.vpce.amazonaws.com.cn.",
        "anything.rds.vpce.amazonaws.com",
    ] {
        assert_eq!(recognise(name), Recognised::Lookalike, "{name}");
    }
}

#[test]
fn databases_and_neighbouring_services_are_none_of_it() {
    for name in [
        "mydb.abcdefg12345.us-east-1.rds.amazonaws.com",
        "proxy.proxy-abcdefg12345.us-east-1.rds.amazonaws.com",
        "mydb.abcdefg.rds.cn-north-1.amazonaws.com.cn",
        "rds-data.us-east-1.amazonaws.com",
        "pi.us-east-1.amazonaws.com",
        "sts.us-east-1.amazonaws.com",
        "evil-rds.us-east-1.amazonaws.com",
        "rds.us-east-1.amazonaws.com.evil.example",
        "rds.us-east-1.notamazonaws.com",
        "rds.example.com",
        "vpce-0123456789abcdef0-abcd1234.ec2.us-east-1.vpce.amazonaws.com",
        "vpce.rds.us-east-1.amazonaws.com",
        "10.0.3.7",
    ] {
        assert_eq!(recognise(name), Recognised::Other, "{name}");
    }
}

#[test]
fn a_text_that_is_no_dns_name_is_refused_before_anybody_dials_it() {
    for name in [
        "",
        ".",
        "rds..us-east-1.amazonaws.com",
        ".rds.us-east-1.amazonaws.com",
        "rds.us-east-1.amazonaws.com..",
        "rds.us-east-1.amazonaws.com:443",
        "user@rds.us-east-1.amazonaws.com",
        "rds.us-east-1.amazonaws.com%2e",
        "rds。us-east-1。amazonaws。com",
        "rds.us-east-1.amazonaws.com\0",
        " rds.us-east-1.amazonaws.com",
        "rdſ.us-east-1.amazonaws.com",
        "*.rds.us-east-1.amazonaws.com",
        &"a".repeat(64),
        &"a.".repeat(127).repeat(2),
    ] {
        assert_eq!(recognise(name), Recognised::Lookalike, "{name:?}");
    }
}

#[test]
fn a_configured_name_stands_for_the_region_it_was_given() {
    let host = RdsHost::configured("RDS.Corp.Example.", region("eu-west-1")).unwrap();
    assert_eq!(
        (host.name(), host.kind(), host.region().as_str()),
        ("rds.corp.example", &HostKind::Configured, "eu-west-1")
    );
    assert_eq!(RdsHost::configured("::1", region("eu-west-1")).unwrap().name(), "::1");
    assert_eq!(RdsHost::configured("a b", region("eu-west-1")), None);
}

#[test]
fn an_endpoint_id_is_read_from_endpoint_names_only() {
    let id = vpc_endpoint_id("vpce-0732d855d3aaaabbb-9vdxuk3l-us-west-2-lax-1a.rds.us-west-2.vpce.amazonaws.com");
    assert_eq!(id.unwrap().as_str(), "vpce-0732d855d3aaaabbb");
    assert_eq!(vpc_endpoint_id("rds.us-west-2.amazonaws.com"), None);
    for wrong in ["vpce-", "vpce-0123456", "vpce-0123456789ABCDEF0", "vpc-0123456789abcdef0", "vpce-0123456789abcdef01"]
    {
        assert!(wrong.parse::<VpcEndpointId>().is_err(), "{wrong}");
    }
}
