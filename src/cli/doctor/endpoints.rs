//! Checks the endpoints: whether their names, addresses and certificates are usable for calls, and whether the
//! service can reach them without the proxy.

use std::net::IpAddr;

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc2822};

use super::finding::Finding;
use crate::{
    accept::{AddressClass, canonical_address},
    forward::{Reach, Sight},
};

/// Deviation of the clock from which signatures are at risk. AWS accepts 15 minutes.
const SKEW: Duration = Duration::minutes(5);

/// The user that runs the check, which decides what can be said about ways around the proxy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker {
    /// The user id of this process.
    pub(super) uid: u32,
    /// The user id of the proxy, if it is known.
    pub(super) proxy: Option<u32>,
    /// Whether the broker is on, so that the service has no credentials that AWS accepts.
    pub(super) broker: bool,
}

/// Findings about one name of an endpoint. `is_given` means that `--resolve` provides its addresses.
pub(super) fn check(sight: &Sight, is_given: bool, private: &[ipnet::IpNet]) -> Vec<Finding> {
    let Sight { name, addresses, .. } = sight;
    let reached = match addresses {
        Ok(reached) => reached,
        Err(why) => {
            return vec![Finding::error(
                "endpoint-not-resolved",
                format!("the endpoint's name {name} has no address: {why}"),
                "correct `dns` of the [[endpoint]]; the name must be resolved by the servers in /etc/resolv.conf",
            )];
        }
    };
    let mut found = Vec::new();
    let public = |ip: &IpAddr| {
        let ip = canonical_address(*ip);
        AddressClass::of(ip) == AddressClass::Public && !private.iter().any(|network| network.contains(&ip))
    };
    if let Some((address, _)) = reached.iter().find(|(address, _)| !is_given && public(&address.ip())) {
        found.push(Finding::error(
            "endpoint-public",
            format!("the endpoint's name {name} has the public address {}: calls would leave the VPC", address.ip()),
            "name the interface endpoint's DNS name (vpce-…), or list its network under routing.private_cidrs",
        ));
    }
    let failing = reached.iter().filter(|(_, reach)| !matches!(reach, Reach::Answers { .. })).count();
    for (address, reach) in reached {
        let zonal = failing < reached.len();
        match reach {
            Reach::Answers { .. } => {}
            Reach::NoConnection { why, .. } if zonal => found.push(Finding::warning(
                "endpoint-address-down",
                format!("one of the addresses of {name}, {address}, takes no connection: {why}"),
                "look at the endpoint's subnet in that zone and its security group; calls go to the others meanwhile",
            )),
            Reach::NoConnection { why, .. } => found.push(Finding::error(
                "endpoint-port-closed",
                format!("{name} at {address} takes no connection: {why}"),
                "let the endpoint's security group take TCP 443 from here",
            )),
            Reach::NoTls(why) => found.push(Finding::error(
                "endpoint-certificate",
                format!(
                    "{name} at {address} shows no certificate that is good for it or for the service's name: {why}"
                ),
                "correct `dns` of the [[endpoint]]; where a private authority signs it, name that in upstream.ca",
            )),
        }
    }
    found
}

/// Whether this machine's clock is right, judged by the dates in the endpoints' responses.
pub(super) fn clock(sights: &[Sight], now: OffsetDateTime) -> Option<Finding> {
    let dates = sights.iter().filter_map(|sight| sight.addresses.as_ref().ok()).flatten();
    let date = dates.into_iter().find_map(|(_, reach)| match reach {
        Reach::Answers { date } => OffsetDateTime::parse(date.as_deref()?, &Rfc2822).ok(),
        Reach::NoConnection { .. } | Reach::NoTls(_) => None,
    })?;
    let off = now - date;
    (off.abs() > SKEW).then(|| {
        let way = if off.is_positive() { "ahead of" } else { "behind" };
        Finding::error(
            "clock-off",
            format!(
                "this machine's clock is {} minutes {way} the endpoint's: AWS refuses signatures 15 minutes off",
                off.abs().whole_minutes()
            ),
            "set the clock, and let NTP keep it (on EC2 169.254.169.123)",
        )
    })
}

/// Whether the endpoints can be reached without the proxy.
pub(super) fn around(sights: &[Sight], asker: Asker) -> Option<Finding> {
    let answers = |sight: &&Sight| {
        let reached = sight.addresses.as_ref().map_or(&[][..], Vec::as_slice);
        reached.iter().any(|(_, reach)| matches!(reach, Reach::Answers { .. }))
    };
    let name = &sights.iter().find(answers)?.name;
    match asker.proxy {
        Some(proxy) if proxy == asker.uid => Some(Finding::note(
            "way-around-not-tried",
            format!(
                "whether the service can reach {name} without the proxy is not known: this runs as the proxy's own user {proxy}"
            ),
            "run doctor as the service's user",
        )),
        _ if asker.broker => None,
        Some(_) | None => Some(Finding::warning(
            "endpoint-around-proxy",
            format!("user {} can reach {name} without the proxy", asker.uid),
            "load the rules of `rds-guard firewall --print nft`, or use the broker: then no call around the proxy is authentic",
        )),
    }
}

/// Whether the service's public name can be reached.
pub(super) fn public_name(sight: &Sight, asker: Asker) -> Option<Finding> {
    let reached = sight.addresses.as_ref().ok()?;
    let (address, _) = reached.iter().find(|(address, reach)| {
        AddressClass::of(canonical_address(address.ip())) == AddressClass::Public
            && !matches!(reach, Reach::NoConnection { .. })
    })?;
    let same_user = asker.proxy == Some(asker.uid);
    (!asker.broker && !same_user).then(|| {
        Finding::warning(
            "public-api-reachable",
            format!(
                "{} at the public address {} can be reached from here, past proxy and endpoint",
                sight.name,
                address.ip()
            ),
            "shut it by NetworkPolicy, security group or route; or turn on the endpoint's private DNS",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(addresses: Result<Vec<(&str, Reach)>, &str>) -> Sight {
        let addresses = addresses.map_err(str::to_owned);
        let addresses =
            addresses.map(|list| list.into_iter().map(|(address, reach)| (address.parse().unwrap(), reach)).collect());
        Sight { name: "vpce-1.example".into(), region: "eu-west-1".parse().unwrap(), addresses }
    }

    fn answers() -> Reach {
        Reach::Answers { date: Some("Tue, 24 Nov 2026 08:00:00 GMT".into()) }
    }

    fn codes(sight: &Sight, is_given: bool) -> Vec<&'static str> {
        let private = ["203.0.113.0/24".parse().unwrap()];
        check(sight, is_given, &private).into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn each_way_in_which_an_endpoint_fails_has_its_finding() {
        let down = || Reach::NoConnection { why: "no connection within 3 s".into(), is_refused: false };
        for (addresses, is_given, wanted) in [
            (Err("no such name"), false, vec!["endpoint-not-resolved"]),
            (Ok(vec![("10.0.0.1:443", answers())]), false, vec![]),
            (Ok(vec![("[fd00::1]:443", answers())]), false, vec![]),
            (Ok(vec![("52.1.2.3:443", answers())]), false, vec!["endpoint-public"]),
            (Ok(vec![("[::ffff:52.1.2.3]:443", answers())]), false, vec!["endpoint-public"]),
            (Ok(vec![("52.1.2.3:443", answers())]), true, vec![]),
            (Ok(vec![("203.0.113.7:443", answers())]), false, vec![]),
            (Ok(vec![("10.0.0.1:443", down())]), false, vec!["endpoint-port-closed"]),
            (Ok(vec![("10.0.0.1:443", answers()), ("10.0.0.2:443", down())]), false, vec!["endpoint-address-down"]),
            (Ok(vec![("10.0.0.1:443", Reach::NoTls("name".into()))]), false, vec!["endpoint-certificate"]),
        ] {
            assert_eq!(codes(&sight(addresses.clone()), is_given), wanted, "{addresses:?}");
        }
    }

    #[test]
    fn a_clock_is_off_beyond_five_minutes_either_way() {
        let sights = [sight(Ok(vec![("10.0.0.1:443", answers())]))];
        let now = |minutes| time::macros::datetime!(2026-11-24 08:00:00 UTC) + Duration::minutes(minutes);
        assert_eq!((clock(&sights, now(5)), clock(&sights, now(-5))), (None, None));
        assert!(clock(&sights, now(6)).is_some_and(|found| found.message.contains("6 minutes ahead of")));
        assert!(clock(&sights, now(-60)).is_some_and(|found| found.message.contains("60 minutes behind")));
        let silent = [sight(Ok(vec![("10.0.0.1:443", Reach::Answers { date: None })])), sight(Err("x"))];
        assert_eq!(clock(&silent, now(600)), None);
    }

    #[test]
    fn the_way_around_depends_on_who_asks() {
        let sights = [sight(Ok(vec![("10.0.0.1:443", answers())]))];
        let code = |uid, proxy, broker| around(&sights, Asker { uid, proxy, broker }).map(|finding| finding.code);
        assert_eq!(code(1000, Some(65532), false), Some("endpoint-around-proxy"));
        assert_eq!(code(1000, None, false), Some("endpoint-around-proxy"));
        assert_eq!(code(65532, Some(65532), false), Some("way-around-not-tried"));
        assert_eq!(code(1000, Some(65532), true), None);
        let away = Reach::NoConnection { why: "no connection within 3 s".into(), is_refused: false };
        let shut = [sight(Ok(vec![("10.0.0.1:443", away)]))];
        assert_eq!(around(&shut, Asker { uid: 1000, proxy: Some(65532), broker: false }), None);
        let public = sight(Ok(vec![("52.1.2.3:443", answers())]));
        let code =
            |uid, broker| public_name(&public, Asker { uid, proxy: Some(65532), broker }).map(|found| found.code);
        assert_eq!(
            (code(1000, false), code(65532, false), code(1000, true)),
            (Some("public-api-reachable"), None, None)
        );
        assert_eq!(public_name(&sights[0], Asker { uid: 1000, proxy: None, broker: false }), None);
    }
}
