//! A proxy, its DNS and its endpoint: what fails, and what comes of a call meanwhile.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::ClientConfig;

use super::{
    certificates::Certificates,
    client::{self, Reply},
    dns::{DnsServer, Says},
    lab::{self, Proxy, Setup},
    service::{Fault, Service},
};
use crate::support::stage::{DNS, HOST};

const POLICY: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":["rds:Describe*","rds:CreateDBInstance"],"Resource":"*"}]}"#;

/// A second name of the endpoint, of another zone.
pub(crate) const ZONAL: &str = "vpce-0123456789abcdef0-abcd1234-us-east-1b.rds.us-east-1.vpce.amazonaws.com";

/// A host without an endpoint.
pub(crate) const ELSEWHERE: &str = "rds.eu-west-1.amazonaws.com";

/// Which call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// One that only reads.
    Read,
    /// One that changes something.
    Write,
    /// One that changes something, of 900 kB.
    Large,
    /// One that reads in a region without an endpoint.
    Elsewhere,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// What the client got.
    pub(crate) client: String,
    /// What was recorded.
    pub(crate) record: String,
    /// How many times the whole request reached the service.
    pub(crate) seen: u64,
    pub(crate) took: Duration,
}

pub(crate) struct World {
    pub(crate) proxy: Proxy,
    pub(crate) dns: DnsServer,
    /// The endpoint's addresses, in the order in which they are tried.
    pub(crate) services: Vec<Service>,
    /// For how long an answer of DNS holds, in seconds.
    pub(crate) ttl: u32,
    tls: Arc<ClientConfig>,
    dropped: Vec<IpAddr>,
}

impl World {
    /// Without a time to live, DNS knows no name until it is mended.
    pub(crate) fn start(services: u8, ttl: Option<u32>, certificates: &Arc<Certificates>, setup: &Setup) -> Self {
        let number = lab::number();
        let dns = DnsServer::start(lab::beside(number, 53));
        let at = |thing| Service::start(SocketAddr::from((lab::beside(number, thing), 443)), certificates);
        let services: Vec<Service> = (1..=services).map(at).collect();
        let mut setup = setup.clone();
        if !setup.arguments.iter().any(|argument| argument == "--endpoint") {
            setup.arguments.extend(["--endpoint".to_owned(), format!("us-east-1={DNS}")]);
        }
        let mut world = Self {
            tls: client::trust(&PathBuf::from("/dev/null")),
            proxy: {
                ttl.iter().for_each(|ttl| answer_with(&dns, &services, *ttl));
                Proxy::start(number, POLICY, &certificates.ca_pem, &setup)
            },
            dns,
            services,
            ttl: ttl.unwrap_or(1),
            dropped: Vec::new(),
        };
        world.tls = client::trust(&world.proxy.directory.path().join("ca/bundle.pem"));
        world
    }

    /// The endpoint's addresses.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        self.services.iter().map(|service| service.address.ip()).collect()
    }

    /// Drops all packets to one of the endpoint's addresses.
    pub(crate) fn drop_packets(&mut self, service: usize) {
        self.drop_packets_to(self.services[service].address.ip());
    }

    /// Drops all packets to an address.
    pub(crate) fn drop_packets_to(&mut self, address: IpAddr) {
        lab::blackhole(address, true);
        self.dropped.push(address);
    }

    /// Puts everything right again.
    pub(crate) fn mend(&mut self) {
        for address in self.dropped.drain(..) {
            lab::blackhole(address, false);
        }
        for service in &mut self.services {
            service.set(Fault::None);
            service.listen_again();
        }
        answer_with(&self.dns, &self.services, self.ttl);
        self.proxy.set_clock(0);
        self.proxy.set_resolv_conf(&format!("nameserver {}\n", self.proxy.beside(53)));
    }

    /// Makes a call on a connection of its own; gives what the client got.
    pub(crate) fn send(&self, call: Call) -> String {
        describe(&client::call(self.proxy.address, &self.tls, &request(call)))
    }

    /// Makes a call on a connection of its own, and looks at its record.
    pub(crate) fn call(&self, call: Call) -> Outcome {
        let action = action(call);
        let seen = |world: &Self| world.services.iter().map(|service| service.count(action)).sum::<u64>();
        let seen_before = seen(self);
        let request = request(call);
        let host = if call == Call::Elsewhere { ELSEWHERE } else { HOST };
        let began = Instant::now();
        let tunnel = client::tunnel(self.proxy.address, host);
        let source = tunnel.as_ref().ok().and_then(|tcp| tcp.local_addr().ok());
        let reply = tunnel
            .and_then(|tcp| client::Client::handshake(tcp, host, &self.tls))
            .and_then(|mut client| client.exchange(&request));
        let took = began.elapsed();
        Outcome {
            client: describe(&reply),
            record: source.map_or_else(|| "none".into(), |source| self.record_of(source)),
            seen: seen(self) - seen_before,
            took,
        }
    }

    /// How long it takes until a call that only reads is answered.
    pub(crate) fn until_well(&self) -> Duration {
        let began = Instant::now();
        loop {
            let request = request(Call::Read);
            let reply = client::call(self.proxy.address, &self.tls, &request);
            if reply.as_ref().is_ok_and(|reply| reply.status == 200 && reply.whole) {
                return began.elapsed();
            }
            assert!(began.elapsed() < Duration::from_secs(45), "it does not get well: {reply:?}\n{}", self.proxy.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What the records say of the call that came from an address.
    fn record_of(&self, source: SocketAddr) -> String {
        let began = Instant::now();
        let source = source.to_string();
        loop {
            let mut records = self.proxy.records();
            records.retain(|record| record["source"] == source.as_str());
            let word = |record: &serde_json::Value, name: &str| record[name].as_str().unwrap().to_owned();
            let calls: Vec<_> = records.iter().filter(|record| record["kind"] == "rds").collect();
            assert!(calls.len() <= 1, "one record for each request: {calls:?}");
            let waited = began.elapsed() > Duration::from_millis(1500);
            if let Some(record) = calls.first().copied().or_else(|| records.last().filter(|_| waited)) {
                return format!("`{}` `{}`", word(record, "decision"), word(record, "reason"));
            }
            if waited {
                return "none".into();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn answer_with(dns: &DnsServer, services: &[Service], ttl: u32) {
    let addresses: Vec<IpAddr> = services.iter().map(|service| service.address.ip()).collect();
    let (first, second) = addresses.split_at(1);
    dns.set(ZONAL, Says::Addresses(if second.is_empty() { first.to_vec() } else { second.to_vec() }, ttl));
    dns.set(ELSEWHERE, Says::Addresses(first.to_vec(), ttl));
    dns.set(DNS, Says::Addresses(addresses, ttl));
}

fn action(call: Call) -> &'static str {
    match call {
        Call::Read | Call::Elsewhere => "DescribeDBInstances",
        Call::Write | Call::Large => "CreateDBInstance",
    }
}

fn request(call: Call) -> Vec<u8> {
    let padding = "x".repeat(900_000);
    let mut parameters = vec![("DBInstanceIdentifier", "orders")];
    if action(call) == "CreateDBInstance" {
        parameters.extend([("DBInstanceClass", "db.t4g.micro"), ("Engine", "mysql")]);
    }
    if call == Call::Large {
        parameters.push(("Padding", &padding));
    }
    match call {
        Call::Elsewhere => client::signed(ELSEWHERE, "eu-west-1", action(call), &parameters),
        Call::Read | Call::Write | Call::Large => client::signed(HOST, "us-east-1", action(call), &parameters),
    }
}

fn describe(reply: &std::io::Result<Reply>) -> String {
    let body = reply.as_ref().map(|reply| reply.body.as_slice()).unwrap_or_default();
    assert!(!body.starts_with(b"stolen"), "an answer that belongs to nobody");
    match reply {
        Ok(Reply { status, code: Some(code), .. }) => format!("{status} `{code}`"),
        Ok(Reply { status, whole: true, .. }) => format!("{status}"),
        Ok(Reply { status, whole: false, .. }) => format!("{status}, broken off"),
        Err(error) if error.to_string().contains("certificate") => "no handshake".into(),
        Err(_) => "no answer".into(),
    }
}
