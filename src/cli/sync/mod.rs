//! `sync`: writes the policy of the real VPC endpoint to a file, or compares a file with it.

mod drift;
mod vpc_endpoint;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde::Serialize;
use tokio::runtime::Builder;

use self::{
    drift::{Drift, Odd},
    vpc_endpoint::{VpcEndpoint, VpcEndpointId},
};
use super::{
    Environment, Exit, Failure,
    output::{self, Format},
    source_args::SourceArgs,
};
use crate::{
    aws::{
        Region,
        endpoint::{private_link_alternative, private_link_service},
    },
    config,
    credentials::{self, Chain, Service},
    policy::{Limits, Policy},
};

/// Arguments of `sync`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SyncArgs {
    /// The region of the endpoint
    #[arg(long, value_name = "REGION")]
    region: Region,
    /// The endpoint, as `vpce-0123456789abcdef0`
    #[arg(long, value_name = "ID")]
    vpc_endpoint_id: VpcEndpointId,
    /// Where the policy is written; `-` for standard output. With --check: what is compared [default: -]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Write nothing, say where FILE drifted from the endpoint. Without FILE: that of --policy, else the one that the
    /// configuration gives to the region
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    check: Option<Option<PathBuf>>,
    /// The form of what --check says
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    sources: SourceArgs,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard sync --region us-east-1 --vpc-endpoint-id vpce-0123456789abcdef0 --policy policy.json
  rds-guard sync --region us-east-1 --vpc-endpoint-id vpce-0123456789abcdef0 --check policy.json

Asks ec2:DescribeVpcEndpoints with the credentials that the AWS SDKs would find here: environment, web identity, profile,
container, instance. AWS_ENDPOINT_URL_EC2 names another endpoint of EC2, AWS_CA_BUNDLE roots beside the public ones.
Exit code 0 where the file is what the endpoint has, 1 where --check finds that it drifted, or rds-guard refuses the policy.";

/// The output of `--check` with `--format json`.
#[derive(Serialize)]
struct Report<'r> {
    endpoint: &'r str,
    file: String,
    drifted: bool,
    #[serde(flatten)]
    drift: &'r Drift,
}

/// Runs `sync`.
pub(super) fn run(args: &SyncArgs, environment: &Environment) -> Result<Exit, Failure> {
    let compared = match &args.check {
        None => None,
        Some(file) => Some(compared(args, file.as_deref(), environment)?),
    };
    let endpoint = describe(args, environment)?;
    is_usable(args, &endpoint)?;
    match compared {
        Some((name, text)) => check(args, &endpoint, &name, &text),
        None => write(args, &endpoint),
    }
}

/// Requests the endpoint's description from EC2.
fn describe(args: &SyncArgs, environment: &Environment) -> Result<VpcEndpoint, Failure> {
    let world = |error: credentials::Error| Failure::world(&error).next(advice(&error));
    let text = environment.variables().iter().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)));
    let chain = Chain::new(credentials::Settings {
        region: Some(args.region.clone()),
        extra_roots: extra_roots(environment)?,
        ..credentials::Settings::new(credentials::Environment::new(text))
    });
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| Failure::world(error.to_string()))?;
    let id = &args.vpc_endpoint_id;
    let answer = runtime.block_on(async {
        let credentials = chain.credentials().await?;
        let parameters = [("Action", "DescribeVpcEndpoints"), ("VpcEndpointId.1", id.as_str())];
        chain.ask(Service::Ec2, &args.region, &parameters, &credentials).await
    });
    VpcEndpoint::read(&answer.map_err(world)?, id).ok_or_else(|| {
        Failure::world(format!("what EC2 answers does not describe {id}")).next("check AWS_ENDPOINT_URL_EC2")
    })
}

/// The certificates of `AWS_CA_BUNDLE`.
fn extra_roots(environment: &Environment) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let Some(file) = environment.text("AWS_CA_BUNDLE")?.filter(|file| !file.is_empty()) else { return Ok(Vec::new()) };
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    read.map_err(|error| Failure::wrong(format!("AWS_CA_BUNDLE: cannot read `{file}`: {error}")))
}

/// What to do about an error.
fn advice(error: &credentials::Error) -> String {
    match error {
        credentials::Error::Refused { code, .. } => match code.trim() {
            "UnauthorizedOperation" => "allow ec2:DescribeVpcEndpoints to these credentials".into(),
            "InvalidVpcEndpointId.NotFound" => {
                "check the id, and that --region and the account are those of the endpoint".into()
            }
            "AuthFailure" | "InvalidClientTokenId" | "ExpiredToken" | "RequestExpired" => {
                "check the credentials: `aws sts get-caller-identity` tells whose they are".into()
            }
            _ => "EC2 refuses: the code says why".into(),
        },
        credentials::Error::Unreachable { .. } => {
            "check the way to EC2: a route to the internet, or a VPC endpoint for com.amazonaws.REGION.ec2".into()
        }
        credentials::Error::NoSource { .. } => {
            "give credentials that may ec2:DescribeVpcEndpoints: a profile (AWS_PROFILE), a role, or variables".into()
        }
        credentials::Error::Missing { .. }
        | credentials::Error::Malformed { .. }
        | credentials::Error::Unreadable { .. }
        | credentials::Error::PlainText { .. }
        | credentials::Error::LocalKeys { .. }
        | credentials::Error::Sign(_) => "correct what is named".into(),
    }
}

/// Checks that the endpoint is one of the RDS API in this region.
fn is_usable(args: &SyncArgs, endpoint: &VpcEndpoint) -> Result<(), Failure> {
    let (id, service) = (&args.vpc_endpoint_id, private_link_service(&args.region));
    let known = [Some(service.clone()), Some(format!("{service}-fips")), private_link_alternative(&args.region)];
    if !known.contains(&Some(endpoint.service.clone())) {
        return Err(Failure::wrong(format!("{id} is an endpoint of {}, not of the RDS API", endpoint.service))
            .next(format!("name one whose service is {service}")));
    }
    if !endpoint.state.eq_ignore_ascii_case("available") {
        output::complain(&format!("rds-guard: warning: {id} is not available, EC2 says: {}\n", endpoint.state));
    }
    Ok(())
}

/// The name and text of the policy to compare with.
fn compared(args: &SyncArgs, file: Option<&Path>, environment: &Environment) -> Result<(String, String), Failure> {
    if let Some(file) = file.or(args.policy.as_deref()) {
        let text = fs::read_to_string(file).map_err(|error| {
            Failure::wrong(format!("cannot read `{}`: {error}", file.display()))
                .next("name the policy's file: --check FILE; without --check it is written")
        })?;
        return Ok((file.display().to_string(), text));
    }
    let config = config::load(&args.sources.sources(environment, Vec::new()))?;
    let endpoint = config.endpoints.iter().find(|endpoint| endpoint.region == args.region);
    let policy = endpoint.and_then(|endpoint| endpoint.policy.as_ref()).or(config.policy.as_ref());
    let policy = policy.ok_or_else(|| {
        Failure::wrong("there is nothing to compare with: no policy is configured").next("say --check FILE")
    })?;
    Ok((policy.name(), policy.policy().text().to_owned()))
}

/// Prints how the file differs from the endpoint's policy.
fn check(args: &SyncArgs, endpoint: &VpcEndpoint, file: &str, text: &str) -> Result<Exit, Failure> {
    let id = args.vpc_endpoint_id.as_str();
    let drift = Drift::between(&endpoint.policy, text)
        .map_err(|error| Failure::wrong(format!("{file} is no JSON: {error}")).next("correct it at the place named"))?;
    let exit = if drift.is_none() { Exit::Good } else { Exit::No };
    let report = match args.format {
        Format::Json => {
            let report = Report { endpoint: id, file: file.to_owned(), drifted: !drift.is_none(), drift: &drift };
            serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
        }
        Format::Text if drift.is_none() => format!("{file} says what {id} says\n"),
        Format::Text => {
            let lines = |odd: &[Odd], place: &str| -> String {
                odd.iter().map(|odd| format!("only {place}: {}\n  {}\n", odd.name(), odd.json())).collect()
            };
            let endpoint = lines(&drift.only_at_the_endpoint, &format!("at {id}"));
            format!("{file} drifted from {id}\n{endpoint}{}", lines(&drift.only_in_the_file, &format!("in {file}")))
        }
    };
    output::print(&report)?;
    Ok(exit)
}

/// Writes the policy exactly as AWS stores it, and reports it on standard error.
fn write(args: &SyncArgs, endpoint: &VpcEndpoint) -> Result<Exit, Failure> {
    let id = &args.vpc_endpoint_id;
    let text = format!("{}\n", endpoint.policy.trim_end());
    let file = args.policy.as_deref().filter(|file| *file != Path::new("-"));
    let told = match file {
        None => {
            output::print(&text)?;
            format!("the policy of {id}\n")
        }
        Some(file) if fs::read_to_string(file).is_ok_and(|there| there == text) => {
            format!("{} is already the policy of {id}\n", file.display())
        }
        Some(file) => {
            replace(file, &text).map_err(|error| {
                Failure::world(format!("cannot write `{}`: {error}", file.display()))
                    .next("the folder must exist and be writable")
            })?;
            format!("{} is now the policy of {id}\n", file.display())
        }
    };
    let names = endpoint.names.first().map(|name| format!("guard it with --endpoint {}={name}\n", args.region));
    output::complain(&format!(
        "rds-guard: {told}{}",
        names.map(|line| format!("rds-guard: {line}")).unwrap_or_default()
    ));
    match Policy::parse(&text, &Limits::default()) {
        Ok(_) => Ok(Exit::Good),
        Err(errors) => {
            let problems: String =
                errors.iter().map(|problem| format!("rds-guard: it is refused here: {problem}\n")).collect();
            output::complain(&problems);
            Ok(Exit::No)
        }
    }
}

/// Replaces a file atomically: a concurrent reader sees either the old content or the new.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = file.with_file_name(name);
    let written = fs::File::create_new(&beside)
        .and_then(|mut new| new.write_all(text.as_bytes()).and_then(|()| new.sync_all()))
        .and_then(|()| fs::rename(&beside, file));
    if written.is_err() {
        // A partial file is useless. If it cannot be removed, nothing more can be done.
        drop(fs::remove_file(&beside));
    }
    written
}

#[cfg(test)]
mod tests;
