//! `health`: asks the running proxy whether it is ready, for a container's health check.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use clap::Args;

use super::{Environment, Exit, Failure, output, source_args::SourceArgs};
use crate::config::{self, Flag};

/// Arguments of `health`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rds-guard health --admin 127.0.0.1:9901")]
pub(super) struct HealthArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// The proxy's admin listener [default: as the configuration says, else 127.0.0.1:9901]
    #[arg(long, value_name = "ADDR")]
    admin: Option<String>,
}

/// Time limit for connecting, and for each read and write.
const PATIENCE: Duration = Duration::from_secs(2);

/// Maximum size of the response in bytes; `/readyz` is short.
const LONGEST_ANSWER: u64 = 16 * 1024;

/// Runs `health`.
pub(super) fn run(args: &HealthArgs, environment: &Environment) -> Result<Exit, Failure> {
    let flags = args.admin.iter().map(|value| Flag { name: "--admin", value: value.clone() }).collect();
    let places = config::locate(&args.sources.sources(environment, flags))?;
    let Some(address) = places.admin.first().or(places.metrics.first()).copied() else {
        return Err(Failure::wrong("neither `admin` nor `metrics` is on, so there is nothing to ask")
            .next("set `admin` in the configuration, or say --admin ADDR"));
    };
    if address.port() == 0 {
        return Err(Failure::wrong(format!("`{address}` takes any free port, so it cannot be asked"))
            .next("say --admin ADDR with the port that the ready line shows"));
    }
    let address = reachable(address);
    match ask(address) {
        Ok((200, _)) => {
            output::print("ready\n")?;
            Ok(Exit::Good)
        }
        Ok((status, detail)) => {
            output::print(&format!("not ready: {address} answers {status}{detail}\n"))?;
            Ok(Exit::No)
        }
        Err(error) => {
            output::print(&format!("not ready: {address} does not answer: {error}\n"))?;
            Ok(Exit::No)
        }
    }
}

/// The address to dial for a listener's address.
pub(super) fn reachable(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listening.port())
}

/// The status of `/readyz`, and its body on one line.
///
/// # Errors
/// There is no connection, or the response is not HTTP.
pub(super) fn ask(address: SocketAddr) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
    let unexpected = || io::Error::other("that is not HTTP");
    let answer = String::from_utf8(answer).map_err(|_| unexpected())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(unexpected)?;
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|digits| digits.parse().ok());
    let detail = body.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ");
    let detail = if detail.is_empty() { detail } else { format!(": {detail}") };
    Ok((status.ok_or_else(unexpected)?, detail))
}
