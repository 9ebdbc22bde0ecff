//! `firewall`: prints the rules that redirect a pod's traffic to the proxy and close the way around it. It never
//! loads them: that takes a privilege that a proxy should not have.

mod iptables;
mod nft;

use std::net::{IpAddr, SocketAddr};

use clap::{Args, ValueEnum};

use super::{Environment, Exit, Failure, output, source_args::SourceArgs};
use crate::config::{self, Flag};

/// Arguments of `firewall`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct FirewallArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// For whom: `nft -f -`, or a shell with iptables and ip6tables
    #[arg(long, value_name = "nft|iptables", value_enum)]
    print: Dialect,
    /// The proxy's user id, whose connections alone go out [default: 65532, that of the image]
    #[arg(long, default_value_t = IMAGE_UID, hide_default_value = true)]
    uid: u32,
    /// Where the proxy takes redirected connections, a loopback address or all addresses; repeatable [default: as the
    /// configuration says, else 127.0.0.1:15443 and [::1]:15443]
    #[arg(long, value_name = "ADDR")]
    listen_transparent: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard firewall --print nft
  rds-guard firewall --print iptables --uid 1337 --listen-transparent 127.0.0.1:15443

In an init container with NET_ADMIN: rds-guard firewall --print nft | nft -f -";

/// Whose rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Dialect {
    /// A file for `nft -f`.
    Nft,
    /// Commands for a shell.
    Iptables,
}

/// The user id of the proxy in the image.
const IMAGE_UID: u32 = 65532;

/// The default port for redirected connections.
const USUAL_PORT: u16 = 15443;

/// The parameters of the rules.
#[derive(Debug, PartialEq, Eq)]
struct Rules {
    /// The user whose connections are exempt: the proxy's.
    uid: u32,
    /// The proxy's port for IPv4. `None` if it does not listen there, so that everything is rejected.
    v4: Option<u16>,
    /// The proxy's port for IPv6, likewise.
    v6: Option<u16>,
    /// The flags that the proxy needs for these rules, if the configuration does not set them.
    flags: Option<String>,
}

/// Runs `firewall`.
pub(super) fn run(args: &FirewallArgs, environment: &Environment) -> Result<Exit, Failure> {
    let flag = |value: &String| Flag { name: "--listen-transparent", value: value.clone() };
    let flags = args.listen_transparent.iter().map(flag).collect();
    let places = config::locate(&args.sources.sources(environment, flags))?;
    let rules = Rules::new(args.uid, &places.listen_transparent)?;
    if args.uid == 0 {
        output::complain(
            "rds-guard: warning: every process of root is exempt too: run the proxy as a user of its own\n",
        );
    }
    output::print(&match args.print {
        Dialect::Nft => nft::rules(&rules),
        Dialect::Iptables => iptables::rules(&rules),
    })?;
    Ok(Exit::Good)
}

impl Rules {
    /// Derives the rules from the proxy's listeners.
    ///
    /// # Errors
    /// A redirect does not reach one of the listeners.
    fn new(uid: u32, listeners: &[SocketAddr]) -> Result<Self, Failure> {
        if listeners.is_empty() {
            let flags = format!("--listen-transparent 127.0.0.1:{USUAL_PORT} --listen-transparent [::1]:{USUAL_PORT}");
            return Ok(Self { uid, v4: Some(USUAL_PORT), v6: Some(USUAL_PORT), flags: Some(flags) });
        }
        let (mut v4, mut v6) = (None, None);
        for listener in listeners {
            if listener.port() == 0 {
                return Err(Failure::wrong(format!(
                    "`{listener}` takes any free port, so nothing can be redirected there"
                ))
                .next("give `listen_transparent` a port"));
            }
            match listener.ip() {
                IpAddr::V4(ip) if ip.is_loopback() || ip.is_unspecified() => v4 = v4.or(Some(listener.port())),
                IpAddr::V6(ip) if ip.is_unspecified() => {
                    // A socket for all IPv6 addresses also accepts IPv4 connections.
                    (v4, v6) = (v4.or(Some(listener.port())), v6.or(Some(listener.port())));
                }
                IpAddr::V6(ip) if ip.is_loopback() => v6 = v6.or(Some(listener.port())),
                IpAddr::V4(_) | IpAddr::V6(_) => {
                    let problem = format!("a redirect leads to loopback, where nothing listens: `{listener}`");
                    return Err(Failure::wrong(problem).next("let `listen_transparent` be 127.0.0.1 and [::1]"));
                }
            }
        }
        Ok(Self { uid, v4, v6, flags: None })
    }

    /// The comment above the rules.
    fn heading(&self, load: &str, remove: &str) -> String {
        let Self { uid, flags, .. } = self;
        let mut lines = vec![
            format!("# rds-guard: TCP to port 443 goes to the proxy, for everybody but user {uid}, who is the proxy."),
            "# What is not redirected to port 443 (an open connection, QUIC, a family without a listener) is rejected."
                .into(),
            "# The workload must run as another user, without CAP_SETUID and CAP_NET_ADMIN.".into(),
            format!("# To load it: {load}"),
            format!("# To remove it: {remove}"),
        ];
        lines.extend(flags.iter().map(|flags| format!("# The proxy runs with {flags}")));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests;
