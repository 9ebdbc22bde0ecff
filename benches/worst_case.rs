//! The dearest request that is accepted: processor time from its bytes to its judgement, for policies and requests as large
//! as they may be, and for what a search makes of them.
//!
//! `cargo bench --bench worst_case` (`-- --steps 2000` for a longer search). The goal is 20 ms. The search is the same in
//! each run: a request and three policies are changed a little, and what takes longer is kept.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a benchmark that cannot be set up fails by panicking, and says what it measured"
)]

#[path = "worst_case/shape.rs"]
mod shape;

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use rds_guard::{
    authorize::{self, Circumstances, Enforcement, NamedPolicy, Policies},
    aws::endpoint::{RdsHost, Recognised, recognise},
    decode,
    http1::Request,
    identify::{self, Directory},
    policy::{Limits, Policy},
};
use shape::{Random, Shape};
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-11-23 22:51:04 UTC);
const GOAL: Duration = Duration::from_millis(20);

/// What a request meets in a proxy, without its sockets.
struct Proxy {
    host: RdsHost,
    directory: Directory,
    decode: decode::Settings,
    identify: identify::Settings,
    authorize: authorize::Settings,
}

impl Proxy {
    fn new() -> Self {
        let Recognised::Rds(host) = recognise("rds.us-east-1.amazonaws.com") else { panic!("a name of the RDS API") };
        let identify = identify::Settings {
            default_principal: Some("arn:aws:iam::123456789012:user/team/ann".parse().expect("a principal")),
            ..identify::Settings::default()
        };
        Self {
            host,
            directory: Directory::new([]).expect("a directory"),
            decode: decode::Settings::default(),
            identify,
            authorize: authorize::Settings::default(),
        }
    }

    /// Judges a request; says what came of it.
    fn judge(&self, bytes: &Bytes, signed: bool, policies: &Policies) -> String {
        let request = match Request::parse(bytes.clone()) {
            Ok(request) => request,
            Err(error) => return error.to_string(),
        };
        let call = match decode::api_call(request, &self.host, &self.decode) {
            Ok(call) => call,
            Err(error) => return error.to_string(),
        };
        let settings = identify::Settings::default();
        let settings = if signed { &self.identify } else { &settings };
        let identified = match identify::caller(call, &self.directory, NOW, settings) {
            Ok(identified) => identified,
            Err(error) => return error.error().to_string(),
        };
        let circumstances = Circumstances { now: NOW, endpoint: None, vpc: None, public: false, workload: Some("w") };
        let (judgement, _) =
            authorize::permit(identified, policies, &self.authorize, &circumstances, Enforcement::Enforce);
        judgement.denied.map_or_else(|| "allow".to_owned(), |denied| denied.reason().to_owned())
    }

    /// The least processor time of some runs, and the outcome; `Err` where the policies are not accepted.
    fn measure(&self, shape: &Shape) -> Result<(Duration, String), String> {
        let policies = policies(&shape.policies())?;
        let bytes = captured(&shape.body());
        let mut least = Duration::MAX;
        let mut outcome = String::new();
        for _ in 0..3 {
            let start = processor_time();
            outcome = self.judge(&bytes, shape.is_signer_known(), &policies);
            least = least.min(processor_time() - start);
        }
        Ok((least, outcome))
    }
}

/// One policy for all calls, one of the region's endpoint, one of the workload.
fn policies(texts: &[String; 3]) -> Result<Policies, String> {
    let read = |text: &String| {
        let policy = Policy::parse(text, &Limits::default()).map_err(|errors| errors.to_string())?;
        Ok::<_, String>(Arc::new(NamedPolicy::new("policy.json".to_owned(), policy)))
    };
    let [default, endpoint, workload] = texts.each_ref().map(read);
    let (default, endpoint, workload) = (default?, endpoint?, workload?);
    Ok(Policies {
        default: Some(default),
        endpoints: HashMap::from([("us-east-1".parse().expect("a region"), vec![endpoint])]),
        workloads: HashMap::from([("w".into(), workload)]),
    })
}

/// A request as boto3 sends it.
fn captured(body: &str) -> Bytes {
    format!(
        "POST / HTTP/1.1\r\nHost: rds.us-east-1.amazonaws.com\r\nContent-Type: application/x-www-form-urlencoded; \
         charset=utf-8\r\nUser-Agent: Boto3/1.43.11\r\nX-Amz-Date: 20261123T225104Z\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=AKIAIOSFODNN7EXAMPLE/20261123/us-east-1/rds/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, \
         Signature=7d3a39d38efcf6d4cf303ef79064e195b16dd7853c729164f821fae84e02dee0\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into()
}

/// How long this thread has run. The kernel brings the figure up to date when the thread gives its processor away.
fn processor_time() -> Duration {
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("the kernel's figures");
    Duration::from_nanos(text.split(' ').next().and_then(|text| text.parse().ok()).expect("a number"))
}

fn argument(name: &str, default: usize) -> usize {
    let arguments: Vec<String> = std::env::args().collect();
    let found = arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
    found.map_or(default, |text| text.parse().expect("a number"))
}

fn main() {
    let proxy = Proxy::new();
    println!(
        "| policies, three of 20,480 characters | request | outcome | processor time |\n| --- | --- | --- | --- |"
    );
    let mut worst = (Duration::ZERO, Shape::default());
    for shape in shape::known() {
        let (time, outcome) = proxy.measure(&shape).expect("policies that are accepted");
        println!("| {} | {} | {outcome} | {time:.2?} |", shape.policy, shape.request);
        if time > worst.0 {
            worst = (time, shape);
        }
    }
    let mut random = Random::new(argument("--seed", 1) as u64);
    let (steps, mut not_accepted) = (argument("--steps", 400), 0);
    for restart in 0..4 {
        let mut best = if restart == 0 { worst.clone() } else { (Duration::ZERO, Shape::random(&mut random)) };
        for _ in 0..steps / 4 {
            let next = best.1.changed(&mut random);
            match proxy.measure(&next) {
                Ok((time, _)) if time > best.0 => best = (time, next),
                Ok(_) => {}
                Err(_) => not_accepted += 1,
            }
        }
        let Ok((time, outcome)) = proxy.measure(&best.1) else { continue };
        println!("| {} | {} | {outcome} | {time:.2?} (found by search) |", best.1.policy, best.1.request);
        if time > worst.0 {
            worst = (time, best.1);
        }
    }
    println!("\nworst: {:.2?}, the goal is {GOAL:?}; {not_accepted} of {steps} policies were not accepted", worst.0);
}
