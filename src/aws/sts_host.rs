//! Recognises the host names of the Security Token Service.
//!
//! Source of the forms: the endpoint rules of botocore 1.43.11 (`sts`) and the STS User Guide, "Interface VPC
//! endpoints".

use super::Region;

/// A host of STS, and the region for which requests to it are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StsHost {
    name: String,
    region: Region,
}

impl StsHost {
    /// Recognises a host name, in lower case and without a trailing dot: the global name, those of regions with their
    /// FIPS and dual-stack forms, and those of VPC endpoints.
    #[must_use]
    pub fn recognise(name: &str) -> Option<Self> {
        let region = if name == "sts.amazonaws.com" {
            // Source: AWS General Reference, "AWS Security Token Service endpoints": the global endpoint is in
            // us-east-1.
            "us-east-1".parse().ok()?
        } else {
            let (first, rest) = name.split_once('.')?;
            if first.starts_with("vpce-") {
                let (service, rest) = rest.split_once('.')?;
                let (region, suffix) = regional(rest)?;
                (is_service(service) && suffix == vpce_suffix(&region)).then_some(region)?
            } else {
                let (region, suffix) = regional(rest)?;
                let partition = region.partition();
                let is_own = suffix == partition.dns_suffix() || suffix == partition.dual_stack_suffix();
                (is_service(first) && is_own).then_some(region)?
            }
        };
        Some(Self { name: name.to_owned(), region })
    }

    /// The host name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The region for which requests are signed.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }
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
    use super::StsHost;

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
            let host = StsHost::recognise(name).unwrap();
            assert!(name == "sts.amazonaws.com" || name.contains(host.region().as_str()), "{name}");
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
            assert_eq!(StsHost::recognise(name), None, "{name}");
        }
    }
}
