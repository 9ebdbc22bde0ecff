//! Which host names are the Security Token Service's.
//!
//! Source of the forms: the endpoint rules of botocore 1.43.11 (`sts`) and the STS User Guide, "Interface VPC endpoints".

use super::Region;

/// Whether a host name, in lower case and without a trailing dot, is STS: the global name, those of regions with their
/// FIPS and dual-stack forms, and those of VPC endpoints.
#[must_use]
pub fn is_sts_host(name: &str) -> bool {
    if name == "sts.amazonaws.com" {
        return true;
    }
    let Some((first, rest)) = name.split_once('.') else { return false };
    if first.starts_with("vpce-") {
        return rest.split_once('.').is_some_and(|(service, rest)| {
            is_service(service) && regional(rest).is_some_and(|(region, suffix)| suffix == vpce_suffix(&region))
        });
    }
    is_service(first)
        && regional(rest).is_some_and(|(region, suffix)| {
            let partition = region.partition();
            suffix == partition.dns_suffix() || suffix == partition.dual_stack_suffix()
        })
}

fn is_service(label: &str) -> bool {
    matches!(label, "sts" | "sts-fips")
}

fn regional(text: &str) -> Option<(Region, &str)> {
    let (region, suffix) = text.split_once('.')?;
    Some((region.parse().ok()?, suffix))
}

fn vpce_suffix(region: &Region) -> String {
    format!("vpce.{}", region.partition().dns_suffix())
}

#[cfg(test)]
mod tests {
    use super::is_sts_host;

    #[test]
    fn every_form_of_the_name_is_known_and_nothing_else() {
        for name in [
            "sts.amazonaws.com",
            "sts.eu-west-1.amazonaws.com",
            "sts-fips.us-east-1.amazonaws.com",
            "sts.us-gov-west-1.amazonaws.com",
            "sts.cn-north-1.amazonaws.com.cn",
            "sts.eu-west-1.api.aws",
            "vpce-0a1b2c3d4e5f60718-a1b2c3d4.sts.eu-west-1.vpce.amazonaws.com",
            "vpce-0a1b2c3d4e5f60718-a1b2c3d4-eu-west-1a.sts-fips.eu-west-1.vpce.amazonaws.com",
        ] {
            assert!(is_sts_host(name), "{name}");
        }
        for name in [
            "sts.amazonaws.com.evil.example",
            "sts.evil.example",
            "sts.cn-north-1.amazonaws.com",
            "rds.eu-west-1.amazonaws.com",
            "x.sts.eu-west-1.amazonaws.com",
            "vpce-1.rds.eu-west-1.vpce.amazonaws.com",
            "vpce-1.sts.eu-west-1.amazonaws.com",
            "sts",
        ] {
            assert!(!is_sts_host(name), "{name}");
        }
    }
}
