//! Names are re-resolved by their time to live; addresses that fail are paused and then retried.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rustls::{ClientConfig, RootCertStore};

use super::{
    Destination, Destinations, Endpoint, Error, FipsRouting, Unmapped,
    dns::{Ask, Found, Nothing},
    health::{Candidate, Health},
    resolver::{Purpose, Resolver},
};
use crate::{
    accept::EndpointAddresses,
    aws::endpoint::{RdsHost, Recognised, recognise},
};

const NAME: &str = "vpce-0a.rds.us-east-1.vpce.amazonaws.com";

/// A DNS with scripted answers.
struct Script {
    says: Mutex<Result<Found, Nothing>>,
    takes: Mutex<Duration>,
    asked: AtomicUsize,
}

impl Ask for Arc<Script> {
    async fn ask(&self, _: &str) -> Result<Found, Nothing> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let takes = *self.takes.lock().unwrap();
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        self.says.lock().unwrap().clone()
    }
}

impl Script {
    fn say(&self, addresses: &[&str], ttl: u64) {
        *self.says.lock().unwrap() = Ok(found(addresses, ttl));
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn found(addresses: &[&str], ttl: u64) -> Found {
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    Found { addresses, ttl: Duration::from_secs(ttl) }
}

fn silence() -> Result<Found, Nothing> {
    Err(Nothing::Silence("no answer".into()))
}

fn resolver(addresses: &[&str], ttl: u64) -> (Resolver<Arc<Script>>, Arc<Script>) {
    let script = Script {
        says: Mutex::new(Ok(found(addresses, ttl))),
        takes: Mutex::new(Duration::ZERO),
        asked: AtomicUsize::new(0),
    };
    let script = Arc::new(script);
    (Resolver::new(Vec::new(), Vec::new(), EndpointAddresses::default(), Arc::clone(&script)), script)
}

fn destination(require_private: bool) -> Destination {
    Destination { require_private, ..Destination::named(NAME, &"us-east-1".parse().unwrap()) }
}

async fn addresses(resolver: &Resolver<Arc<Script>>) -> Result<Vec<String>, Error> {
    let found = resolver.addresses(NAME, &destination(false), Purpose::Call).await?;
    Ok(found.iter().map(SocketAddr::to_string).collect())
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_serves_for_its_time_to_live_and_is_asked_for_anew_after_it() {
    let (resolver, script) = resolver(&["10.0.0.1"], 60);
    assert_eq!(addresses(&resolver).await.unwrap(), ["10.0.0.1:443"]);
    script.say(&["10.0.0.2", "fd12:3456::2"], 60);
    pass(59).await;
    assert_eq!(addresses(&resolver).await.unwrap(), ["10.0.0.1:443"]);
    assert_eq!(script.asked(), 1);
    pass(1).await;
    assert_eq!(addresses(&resolver).await.unwrap(), ["10.0.0.2:443", "[fd12:3456::2]:443"]);
}

#[tokio::test(start_paused = true)]
async fn a_name_in_use_is_asked_for_before_its_answer_ends_and_one_that_nobody_uses_is_not() {
    let (resolver, script) = resolver(&["10.0.0.1"], 60);
    addresses(&resolver).await.unwrap();
    pass(57).await;
    assert!(resolver.due().is_empty());
    pass(1).await;
    assert_eq!(resolver.due(), [NAME]);
    script.say(&["10.0.0.2"], 60);
    resolver.refresh(NAME).await;
    assert!(resolver.due().is_empty());
    let at = |address: &str| SocketAddr::new(address.parse().unwrap(), 443);
    assert!(resolver.lists(NAME, at("10.0.0.2")) && !resolver.lists(NAME, at("10.0.0.1")));
    pass(601).await;
    assert!(resolver.due().is_empty(), "unused for ten minutes");
}

#[tokio::test(start_paused = true)]
async fn calls_that_come_while_a_name_is_asked_for_share_the_answer() {
    let (resolver, script) = resolver(&["10.0.0.1"], 60);
    *script.takes.lock().unwrap() = Duration::from_secs(3);
    let resolver = Arc::new(resolver);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let resolver = Arc::clone(&resolver);
        calls.spawn(async move { addresses(&resolver).await });
    }
    while let Some(call) = calls.join_next().await {
        assert_eq!(call.unwrap().unwrap(), ["10.0.0.1:443"]);
    }
    assert_eq!(script.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_old_answer_serves_while_dns_is_silent_without_a_wait_for_each_call_and_for_an_hour_at_most() {
    let (resolver, script) = resolver(&["10.0.0.1"], 60);
    addresses(&resolver).await.unwrap();
    *script.says.lock().unwrap() = silence();
    *script.takes.lock().unwrap() = Duration::from_secs(10);
    pass(61).await;
    let began = tokio::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(addresses(&resolver).await.unwrap(), ["10.0.0.1:443"]);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(began.elapsed() <= Duration::from_millis(10_600), "one wait, not one for each: {:?}", began.elapsed());
    assert_eq!(resolver.due(), [NAME], "it is asked for beside the calls");
    pass(3600).await;
    let error = addresses(&resolver).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    script.say(&["10.0.0.3"], 60);
    pass(1).await;
    assert_eq!(addresses(&resolver).await.unwrap(), ["10.0.0.3:443"]);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_dns_says_is_gone_is_gone_and_its_connections_with_it() {
    let (resolver, script) = resolver(&["10.0.0.1"], 5);
    addresses(&resolver).await.unwrap();
    *script.says.lock().unwrap() = Err(Nothing::Absent("no address".into()));
    pass(5).await;
    assert!(addresses(&resolver).await.is_err());
    assert!(!resolver.lists(NAME, "10.0.0.1:443".parse().unwrap()));
}

#[tokio::test]
async fn an_answer_that_leads_back_to_this_host_is_refused_in_every_spelling() {
    for address in ["127.0.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "169.254.169.254"] {
        let (resolver, _) = resolver(&["10.0.0.1", address], 60);
        let error = addresses(&resolver).await.unwrap_err();
        assert!(error.to_string().contains("leads back to this host"), "{address}: {error}");
    }
}

#[tokio::test]
async fn an_address_of_the_service_is_dialled_as_dns_gives_it() {
    let (resolver, _) = resolver(&["64:ff9b::a00:1"], 60);
    assert_eq!(addresses(&resolver).await.unwrap(), ["[64:ff9b::a00:1]:443"], "NAT64 leads to it, 10.0.0.1 may not");
}

#[tokio::test]
async fn one_public_address_among_private_ones_is_refused_where_all_must_be_private() {
    let (resolver, _) = resolver(&["10.0.0.1", "52.94.1.1"], 60);
    let found = resolver.addresses(NAME, &destination(true), Purpose::Call).await;
    let public: IpAddr = "52.94.1.1".parse().unwrap();
    assert!(matches!(found, Err(Error::NotPrivate { address, .. }) if address == public));
}

#[tokio::test]
async fn callers_who_name_regions_without_end_fill_no_memory() {
    let (resolver, _) = resolver(&["10.0.0.1"], 60);
    for i in 0..1000 {
        let name = format!("rds.xx-made-{i}.amazonaws.com");
        resolver.addresses(&name, &destination(false), Purpose::Call).await.unwrap();
    }
    let kept = (0..1000).filter(|i| !resolver.known(&format!("rds.xx-made-{i}.amazonaws.com")).is_empty()).count();
    assert_eq!(kept, 256);
}

fn candidate() -> Candidate {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Candidate { name: NAME.into(), address: "10.0.0.1:443".parse().unwrap(), is_proxied: false, tls: Arc::new(tls) }
}

#[tokio::test(start_paused = true)]
async fn an_address_that_failed_is_tried_last_until_a_probe_stands_and_rests_longer_each_time() {
    let (health, candidate) = (Health::default(), candidate());
    let address = candidate.address;
    for rest in [1, 2, 4, 8, 16, 30, 30] {
        let news = health.failed(&candidate);
        assert!(news || rest > 1, "the first failure is news");
        assert!(health.is_ailing(address));
        assert!(!health.failed(&candidate), "what was under way says nothing new");
        tokio::time::sleep(Duration::from_secs(rest) - Duration::from_millis(1)).await;
        assert!(health.due(|_| true).is_empty());
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(health.due(|_| true).len(), 1);
        assert!(health.due(|_| true).is_empty(), "one probe at a time");
        assert!(health.is_ailing(address), "no call goes there while it is probed");
    }
    health.connected(address);
    assert!(!health.is_ailing(address), "on trial");
    health.failed(&candidate);
    tokio::time::sleep(Duration::from_secs(29)).await;
    assert!(health.due(|_| true).is_empty(), "a failed trial rests as long as before");
    health.connected(address);
    health.answered(address);
    health.failed(&candidate);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(health.due(|_| true).len(), 1, "an answered call clears the memory");
}

#[tokio::test(start_paused = true)]
async fn an_address_that_dns_no_longer_lists_is_forgotten() {
    let (health, candidate) = (Health::default(), candidate());
    health.failed(&candidate);
    assert!(health.due(|_| false).is_empty());
    assert!(!health.is_ailing(candidate.address));
}

const IRELAND: &str = "vpce-0aaaaaaaaaaaaaaaa-aaaaaaaa.rds.eu-west-1.vpce.amazonaws.com";
const IRELAND_B: &str = "vpce-0aaaaaaaaaaaaaaaa-aaaaaaaa-eu-west-1b.rds.eu-west-1.vpce.amazonaws.com";
const VIRGINIA: &str = "vpce-0bbbbbbbbbbbbbbbb-bbbbbbbb.rds.us-east-1.vpce.amazonaws.com";
const OHIO: &str = "vpce-0cccccccccccccccc-cccccccc.rds.us-east-2.vpce.amazonaws.com";
const PREVIEW: &str = "rds-preview.us-east-2.amazonaws.com";
const VIRGINIA_FIPS: &str = "vpce-0cccccccccccccccc-cccccccc.rds-fips.us-east-1.vpce.amazonaws.com";

fn endpoint(region: &str, dns: &[&str], fips: bool) -> Endpoint {
    Endpoint {
        region: region.parse().unwrap(),
        dns: dns.iter().map(|name| (*name).to_owned()).collect(),
        fips,
        id: crate::aws::endpoint::vpc_endpoint_id(dns[0]),
        vpc: None,
    }
}

/// The destination of a call to a host: its names, or the first words of the error.
fn goes(host: &str, unmapped: Unmapped, fips: FipsRouting) -> String {
    let destinations = Destinations {
        endpoints: vec![
            endpoint("eu-west-1", &[IRELAND_B, IRELAND], false),
            endpoint("us-east-1", &[VIRGINIA], false),
            endpoint("us-east-1", &[VIRGINIA_FIPS], true),
            endpoint("us-east-2", &[OHIO], false),
        ],
        hosts: Vec::new(),
        unmapped,
        fips,
    };
    let Recognised::Rds(host) = recognise(host) else { panic!("{host} is no name of the RDS API") };
    match destinations.find(&host) {
        Ok(found) => {
            let private = if found.require_private { " private" } else { "" };
            let downgraded = if found.fips_downgraded { " downgraded" } else { "" };
            format!("{}{private}{downgraded}", found.names.join(","))
        }
        Err(Error::NoEndpoint { .. }) => "no endpoint".into(),
        Err(Error::NoPreviewEndpoint { .. }) => "no preview endpoint".into(),
        Err(Error::NoFipsEndpoint { .. }) => "no FIPS endpoint".into(),
        Err(Error::HostNotAllowed { .. }) => "not allowed".into(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_name_of_the_api_goes_where_the_endpoints_of_its_region_say() {
    let both = format!("{IRELAND_B},{IRELAND}");
    let downgraded = format!("{both} downgraded");
    let elsewhere = "vpce-0ddddddddddddddd-dddddddd.rds.eu-west-1.vpce.amazonaws.com";
    let (private, same) = (Unmapped::PrivateDns, FipsRouting::SameEndpoint);
    for (host, unmapped, fips, wanted) in [
        ("rds.eu-west-1.amazonaws.com", private, same, both.as_str()),
        ("rds.eu-west-1.api.aws", private, same, &both),
        (PREVIEW, private, same, "no preview endpoint"),
        (PREVIEW, Unmapped::Deny, same, "no preview endpoint"),
        (PREVIEW, Unmapped::Public, same, PREVIEW),
        ("rds.us-east-2.amazonaws.com", private, same, OHIO),
        (IRELAND, private, same, &both),
        (IRELAND_B, private, same, &both),
        (elsewhere, Unmapped::Public, same, "not allowed"),
        (VIRGINIA.replace("us-east-1", "eu-west-1").as_str(), private, same, "not allowed"),
        ("rds.amazonaws.com", private, same, VIRGINIA),
        ("rds.us-east-1.amazonaws.com", private, same, VIRGINIA),
        ("rds-fips.us-east-1.amazonaws.com", private, FipsRouting::Deny, VIRGINIA_FIPS),
        (VIRGINIA_FIPS, private, FipsRouting::Deny, VIRGINIA_FIPS),
        ("rds-fips.eu-west-1.amazonaws.com", private, same, &downgraded),
        ("rds-fips.eu-west-1.amazonaws.com", private, FipsRouting::Deny, "no FIPS endpoint"),
        ("rds.us-west-2.amazonaws.com", private, same, "rds.us-west-2.amazonaws.com private"),
        ("rds.us-west-2.api.aws", private, same, "rds.us-west-2.amazonaws.com private"),
        ("rds-fips.us-west-2.amazonaws.com", private, same, "rds-fips.us-west-2.amazonaws.com private"),
        ("rds.cn-north-1.amazonaws.com.cn", private, same, "rds-api.cn-north-1.amazonaws.com.cn private"),
        ("rds.us-west-2.amazonaws.com", Unmapped::Deny, same, "no endpoint"),
        ("rds.us-west-2.api.aws", Unmapped::Public, same, "rds.us-west-2.api.aws"),
        ("vpce-0eeeeeeeeeeeeeeee-eeeeeeee.rds.us-west-2.vpce.amazonaws.com", Unmapped::Public, same, "not allowed"),
    ] {
        assert_eq!(goes(host, unmapped, fips), wanted, "{host}");
    }
}

#[test]
fn a_call_to_the_preview_environment_goes_where_its_host_is_configured_to_and_never_to_the_regions_endpoint() {
    let host = RdsHost::configured(PREVIEW, "us-east-2".parse().unwrap()).unwrap();
    let mut destinations = Destinations {
        endpoints: vec![endpoint("us-east-2", &[OHIO], false)],
        hosts: vec![(PREVIEW.into(), "preview.corp.example".into())],
        unmapped: Unmapped::PrivateDns,
        fips: FipsRouting::SameEndpoint,
    };
    let found = destinations.find(&host).unwrap();
    assert_eq!(
        (found.names.as_slice(), found.service_name.as_str()),
        (["preview.corp.example".to_owned()].as_slice(), PREVIEW)
    );
    assert_eq!(found.endpoint_id, None);
    destinations.hosts.clear();
    let error = destinations.find(&host).unwrap_err();
    assert!(error.to_string().contains("give it an `endpoint` under [[host]]"), "{error}");
}

#[test]
fn a_connection_serves_another_destination_only_with_the_same_names_certificates_and_privacy() {
    let one = destination(false);
    assert!(one.is_same_way(&Destination { fips_downgraded: true, ..one.clone() }));
    assert!(!one.is_same_way(&destination(true)));
    assert!(!one.is_same_way(&Destination { names: vec![IRELAND.into()], ..one.clone() }));
    assert!(!one.is_same_way(&Destination { service_name: "rds.eu-west-1.amazonaws.com".into(), ..one.clone() }));
}
