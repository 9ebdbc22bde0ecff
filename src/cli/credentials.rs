//! `credentials`: prints a local key in the format of a profile's `credential_process`.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Environment, Exit, Failure, output, source_args::SourceArgs};
use crate::{
    broker::{self, TokenFile},
    config,
};

/// Arguments of `credentials`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CredentialsArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// Whose keys; without it those of the broker's common token
    #[arg(long, value_name = "NAME")]
    workload: Option<String>,
    /// The broker's listener [default: as the configuration says]
    #[arg(long, value_name = "ADDR")]
    broker: Option<SocketAddr>,
    /// The token file [default: as the configuration says]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Example, in ~/.aws/config, for a profile that the RDS client alone uses:
  [profile rds]
  credential_process = rds-guard credentials --workload orders

  rds-guard credentials --broker 127.0.0.1:9911 --token-file /run/rds-guard/orders-token

Local keys are good for RDS through this proxy and for nothing else.";

/// Time limit for connecting to the broker, and for each read and write.
const PATIENCE: Duration = Duration::from_secs(5);

/// Maximum size of the broker's response in bytes.
const LONGEST_ANSWER: u64 = 16 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    access_key_id: String,
    secret_access_key: String,
    token: String,
    expiration: String,
}

/// The output that `credential_process` requires (AWS SDKs and Tools Reference Guide, "Process credential
/// provider").
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown<'k> {
    version: u8,
    access_key_id: &'k str,
    secret_access_key: &'k str,
    session_token: &'k str,
    expiration: &'k str,
}

#[derive(Deserialize)]
struct Refused {
    message: String,
}

/// Runs `credentials`.
pub(super) fn run(args: &CredentialsArgs, environment: &Environment) -> Result<Exit, Failure> {
    let (address, token) = place(args, environment)?;
    let token = token.read().map_err(|error| {
        Failure::wrong(error).next("name the token file by --token-file; the proxy makes it when it starts")
    })?;
    let (status, body) = ask(address, &token).map_err(|error| {
        Failure::world(format!("the broker at {address} does not answer: {error}"))
            .next("start rds-guard with broker.listen, or say --broker ADDR")
    })?;
    if status != 200 {
        let why = serde_json::from_str(&body)
            .map_or_else(|_| "no reason given".to_owned(), |refused: Refused| refused.message);
        return Err(Failure::world(format!("the broker at {address} answers {status}: {why}"))
            .next("look at the proxy's log, which says the same of this client"));
    }
    let given: Given = serde_json::from_str(&body).map_err(|_| {
        Failure::world(format!("what {address} answers is not a broker's document")).next("check --broker")
    })?;
    let shown = Shown {
        version: 1,
        access_key_id: &given.access_key_id,
        secret_access_key: &given.secret_access_key,
        session_token: &given.token,
        expiration: &given.expiration,
    };
    let text = Zeroizing::new(serde_json::to_string(&shown).unwrap_or_default() + "\n");
    output::print(&text)?;
    Ok(Exit::Good)
}

/// The address of the broker, and the token file for it.
fn place(args: &CredentialsArgs, environment: &Environment) -> Result<(SocketAddr, TokenFile), Failure> {
    if let (Some(address), Some(file), None) = (args.broker, &args.token_file, &args.workload) {
        return Ok((address, TokenFile::new(file)));
    }
    let config = config::load(&args.sources.sources(environment, Vec::new()))?;
    let address = args.broker.or_else(|| config.broker.listen.first().copied()).ok_or_else(|| {
        Failure::wrong("no broker is configured").next("set broker.listen, or say --broker ADDR and --token-file FILE")
    })?;
    if address.port() == 0 {
        return Err(Failure::wrong(format!("`{address}` takes any free port, so it cannot be asked"))
            .next("say --broker ADDR with the port that the ready line shows"));
    }
    let configured = match &args.workload {
        None => config.broker.token_file.as_ref(),
        Some(name) => {
            let workload = config.workloads.iter().find(|workload| workload.name == *name);
            let workload = workload.ok_or_else(|| {
                Failure::wrong(format!("there is no workload `{name}`")).next("name one of [[workload]] by --workload")
            })?;
            workload.token_file.as_ref()
        }
    };
    let file = args.token_file.as_ref().or(configured).ok_or_else(|| {
        Failure::wrong("no token file is configured for it").next("set `token_file`, or say --token-file FILE")
    })?;
    Ok((address, TokenFile::new(file)))
}

/// Sends the request to the broker; returns the status and body of its response.
fn ask(address: SocketAddr, token: &str) -> io::Result<(u16, Zeroizing<String>)> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = Zeroizing::new(format!(
        "GET {} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n",
        broker::PATH
    ));
    stream.write_all(request.as_bytes())?;
    let mut answer = Zeroizing::new(String::new());
    stream.take(LONGEST_ANSWER).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::InvalidData)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok((status, Zeroizing::new(body.to_owned())))
}
