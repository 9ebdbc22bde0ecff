//! `run`: the proxy. This file has its flags and turns them into a configuration; `serve` runs it.

use std::path::PathBuf;

use clap::Args;

use super::{Environment, Exit, Failure, LogFormat, logging, output, serve::serve, table, undecidable, wiring};
use crate::config::{self, Config, Flag, SYSTEM_FILE, Sources};

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    /// The configuration file [default: RDS_GUARD_CONFIG, else /etc/rds-guard/rds-guard.toml if it exists]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where clients send CONNECT, the address of HTTPS_PROXY [default: 127.0.0.1:3128]; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    listen: Vec<String>,
    /// Where clients come with TLS because the RDS names resolve to it
    #[arg(long, value_name = "ADDR")]
    listen_direct: Vec<String>,
    /// Where connections arrive that netfilter redirects
    #[arg(long, value_name = "ADDR")]
    listen_transparent: Vec<String>,
    /// Where clients come with plain http because AWS_ENDPOINT_URL_RDS says so
    #[arg(long, value_name = "ADDR")]
    listen_endpoint: Vec<String>,
    /// Health, metrics and the page [default: 127.0.0.1:9901]; `off` for none
    #[arg(long, value_name = "ADDR")]
    admin: Vec<String>,
    /// The endpoint policy: a file, or the JSON itself
    #[arg(long, value_name = "FILE|JSON")]
    policy: Option<String>,
    /// The VPC endpoint of a region, once for each
    #[arg(long, value_name = "REGION=DNS[,DNS]")]
    endpoint: Vec<String>,
    /// `enforce` refuses what the policy denies, `audit` forwards and records it
    #[arg(long, value_name = "enforce|audit")]
    mode: Option<String>,
    /// Refuse to start in audit mode, or with a policy that allows everything to everybody
    #[arg(long)]
    require_enforce: bool,
    /// The folder of the certificate authority; without one its key stays in memory
    #[arg(long, value_name = "DIR")]
    ca_dir: Option<String>,
    /// Where the record goes, `-` for standard output
    #[arg(long, value_name = "FILE|-")]
    audit: Option<String>,
    /// Who a caller is whose access key says nothing
    #[arg(long, value_name = "ARN")]
    principal: Option<String>,
    /// Dial ADDR (an IP address, IPv6 in brackets) for HOST and PORT, at PORT2 if given; repeatable
    #[arg(long, value_name = "HOST:PORT:ADDR[:PORT2]")]
    resolve: Vec<String>,
    /// Further roots that the endpoints' certificates may come from, PEM
    #[arg(long, value_name = "FILE")]
    upstream_ca: Option<String>,
    /// Only check everything, and print the effective configuration with where each value came from
    #[arg(long)]
    check: bool,
    /// The form of log lines
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard run --endpoint eu-west-1=vpce-0a1b2c3d-a1b2c3d4.rds.eu-west-1.vpce.amazonaws.com
  rds-guard run --policy policy.json --ca-dir /var/lib/rds-guard --audit /var/log/rds-guard.jsonl
  rds-guard run --config rds-guard.toml --check

Every key of the file can be set by a variable too: RDS_GUARD_TUNNEL__DEFAULT=deny for tunnel.default.
Flags are stronger than variables, variables stronger than the file. RDS_GUARD_LOG filters the logs.";

impl RunArgs {
    /// The configuration from these flags, the environment and the file.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration.
    pub fn load(&self, environment: &Environment) -> Result<Config, Failure> {
        let config = config::load(&self.sources(environment))?;
        table::of(&config)?;
        Ok(config)
    }

    /// The sources of the configuration.
    #[must_use]
    pub fn sources(&self, environment: &Environment) -> Sources {
        Sources {
            file: self.config.clone(),
            system_file: Some(PathBuf::from(SYSTEM_FILE)),
            environment: environment.variables().to_vec(),
            flags: self.flags(),
            require_enforce: self.require_enforce,
        }
    }

    /// Whether the configuration is only checked.
    pub(super) fn only_checks(&self) -> bool {
        self.check
    }

    pub(super) fn log_format(&self) -> LogFormat {
        self.log_format
    }

    fn flags(&self) -> Vec<Flag> {
        let repeated = [
            ("--listen", &self.listen),
            ("--listen-direct", &self.listen_direct),
            ("--listen-transparent", &self.listen_transparent),
            ("--listen-endpoint", &self.listen_endpoint),
            ("--admin", &self.admin),
            ("--endpoint", &self.endpoint),
            ("--resolve", &self.resolve),
        ];
        let single = [
            ("--policy", &self.policy),
            ("--mode", &self.mode),
            ("--ca-dir", &self.ca_dir),
            ("--audit", &self.audit),
            ("--principal", &self.principal),
            ("--upstream-ca", &self.upstream_ca),
        ];
        let repeated = repeated.into_iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        let single = single.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        repeated.chain(single).map(|(name, value)| Flag { name, value: value.clone() }).collect()
    }
}

/// Runs `run`.
pub(super) fn run(args: &RunArgs, environment: &Environment) -> Result<Exit, Failure> {
    let config = args.load(environment)?;
    if args.check {
        return check(&config, environment);
    }
    logging::start(args.log_format, environment, "info")?;
    serve(&config, environment)
}

/// Prints the effective configuration, and warnings on standard error.
pub(super) fn check(config: &Config, environment: &Environment) -> Result<Exit, Failure> {
    // Finds errors that only the stages detect, such as a secret file without a secret.
    wiring::settings(config, environment)?;
    let mut text = String::new();
    for setting in &config.effective {
        text.push_str(&setting.to_string());
        text.push('\n');
    }
    for warning in config.warnings().into_iter().chain(undecidable::warnings(config)) {
        output::complain(&format!("rds-guard: warning: {warning}\n"));
    }
    output::print(&text)?;
    Ok(Exit::Good)
}
