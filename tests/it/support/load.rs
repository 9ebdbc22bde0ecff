//! Clients that call without pause, and remember the result of every call.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustls::ClientConfig;
use serde_json::Value;

use super::stage::HOST;
use crate::faults::client::{self, Client};

/// The placeholder of the number in a signed call.
const NUMBER: &str = "load-00000000";

/// The number of calls on one connection.
const CALLS_ON_ONE: usize = 100;

/// How long a signature is reused: the clock may differ by fifteen minutes.
const SIGNED_FOR: Duration = Duration::from_secs(300);

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The number of the call: it is part of the name of the instance, and therefore of the record.
    pub(crate) number: u32,
    /// Its action, as an index into the list.
    pub(crate) action: u8,
    /// The status of the answer; 0 if there was none.
    pub(crate) status: u16,
}

/// Clients that are calling.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    next: Arc<AtomicU32>,
    clients: Vec<JoinHandle<Vec<Sent>>>,
}

impl Load {
    /// Starts a number of clients that call these actions in turn, until they are stopped or have made a number of
    /// calls.
    pub(crate) fn start(
        proxy: SocketAddr,
        bundle: &Path,
        clients: usize,
        actions: &'static [&'static str],
        calls: u32,
    ) -> Self {
        let (stop, next, tls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)), client::trust(bundle));
        let clients = (0..clients)
            .map(|_| {
                let (stop, next, tls) = (Arc::clone(&stop), Arc::clone(&next), Arc::clone(&tls));
                thread::spawn(move || {
                    call(proxy, &tls, actions, || {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        (number < calls && !stop.load(Ordering::Relaxed)).then_some(number)
                    })
                })
            })
            .collect();
        Self { stop, next, clients }
    }

    /// The number of calls that have been made or are in progress.
    pub(crate) fn made(&self) -> u32 {
        self.next.load(Ordering::Relaxed)
    }

    /// Returns whether all clients have finished.
    pub(crate) fn is_over(&self) -> bool {
        self.clients.iter().all(JoinHandle::is_finished)
    }

    /// Waits until this many more calls have been made.
    pub(crate) fn wait_for(&self, more: u32) {
        let until = self.made() + more;
        while self.made() < until && !self.is_over() {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Stops the clients; returns the calls of each of them, in order.
    pub(crate) fn stop(self) -> Vec<Vec<Sent>> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.into_iter().map(|client| client.join().unwrap()).collect()
    }
}

/// Calls until there is no next number.
fn call(proxy: SocketAddr, tls: &Arc<ClientConfig>, actions: &[&str], next: impl Fn() -> Option<u32>) -> Vec<Sent> {
    let sign = || -> Vec<Vec<u8>> {
        let parameters = [("DBInstanceIdentifier", NUMBER), ("DBInstanceClass", "db.t4g.micro"), ("Engine", "mysql")];
        let of = |action: &&str| if *action == "CreateDBInstance" { parameters.len() } else { 1 };
        actions.iter().map(|action| client::signed(HOST, "us-east-1", action, &parameters[..of(action)])).collect()
    };
    let (mut signed, mut signed_at) = (sign(), Instant::now());
    let mut sent = Vec::new();
    let mut open: Option<(Client, usize)> = None;
    while let Some(number) = next() {
        if signed_at.elapsed() > SIGNED_FOR {
            (signed, signed_at) = (sign(), Instant::now());
        }
        let action = number as usize % actions.len();
        let mut request = signed[action].clone();
        // The secret is not known here, so a signature of other bytes is accepted too.
        let at = memchr::memmem::find(&request, NUMBER.as_bytes()).unwrap() + "load-".len();
        request[at..at + 8].copy_from_slice(format!("{number:08}").as_bytes());
        let (mut client, carried) = match open.take() {
            Some(kept) => kept,
            None => (connect(proxy, tls), 0),
        };
        let reply = client.exchange(&request);
        let status = reply.as_ref().map_or(0, |reply| if reply.whole { reply.status } else { 0 });
        sent.push(Sent { number, action: u8::try_from(action).unwrap(), status });
        if reply.is_ok_and(|reply| reply.kept) && carried + 1 < CALLS_ON_ONE {
            open = Some((client, carried + 1));
        }
    }
    sent
}

/// A busy machine may accept a connection only at the second or third try.
fn connect(proxy: SocketAddr, tls: &Arc<ClientConfig>) -> Client {
    let mut last = None;
    for _ in 0..5 {
        match Client::connect(proxy, HOST, tls) {
            Ok(client) => return client,
            Err(error) => last = Some(error),
        }
    }
    panic!("no connection to the proxy: {last:?}");
}

/// The parts of a call's record that are relevant here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) allow: bool,
    pub(crate) reason: String,
    pub(crate) version: String,
    pub(crate) sid: Option<String>,
}

/// The records of calls by their numbers; and every number that has more than one.
pub(crate) fn recorded(audit: &Path) -> (BTreeMap<u32, Recorded>, Vec<u32>) {
    let mut by_number = BTreeMap::new();
    let mut twice = Vec::new();
    for line in BufReader::new(File::open(audit).unwrap()).lines() {
        let record: Value = serde_json::from_str(&line.unwrap()).expect("a whole line");
        if record["kind"] != "rds" {
            continue;
        }
        let resource = record["resources"][0].as_str().unwrap_or_default();
        let Some((_, number)) = resource.rsplit_once(":load-") else { continue };
        let number: u32 = number.parse().unwrap();
        let word = |value: &Value| value.as_str().map(str::to_owned);
        let recorded = Recorded {
            allow: record["decision"] == "allow",
            reason: word(&record["reason"]).unwrap(),
            version: word(&record["policy_version"]).unwrap(),
            sid: word(&record["statement"]["sid"]),
        };
        if by_number.insert(number, recorded).is_some() {
            twice.push(number);
        }
    }
    (by_number, twice)
}

/// The version of a policy as in records: the beginning of its SHA-256.
pub(crate) fn version(policy: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, policy.as_bytes());
    digest.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
