//! `ca`: the published files of the local certificate authority.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;
use clap::{Args, Subcommand, ValueEnum};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};

use super::{Environment, Exit, Failure, output, serve, source_args::SourceArgs, wiring};
use crate::{
    config::{self, Flag},
    intercept::authority::{Authority, Switch},
};

/// Arguments of `ca`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  rds-guard ca show --ca-dir /var/lib/rds-guard\n  \
                        rds-guard ca export --ca-dir /var/lib/rds-guard --format bundle --out /tmp/bundle.pem")]
pub(super) struct CaArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print whose certificates clients are asked to trust, until when, and for which names
    #[command(after_help = "Example:\n  rds-guard ca show --ca-dir /var/lib/rds-guard")]
    Show(PlaceArgs),
    /// Copy one of the published files
    #[command(
        after_help = "Example:\n  rds-guard ca export --ca-dir /var/lib/rds-guard --format bundle --out /tmp/bundle.pem"
    )]
    Export(ExportArgs),
    /// Make the next authority and publish it next to the current one; a running proxy picks it up within a minute
    #[command(after_help = "Examples:\n  rds-guard ca rotate --ca-dir /var/lib/rds-guard\n  \
                            rds-guard ca rotate --ca-dir /var/lib/rds-guard --now")]
    Rotate(RotateArgs),
}

#[derive(Debug, Args)]
struct RotateArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Let it sign at once, without the overlap in which clients learn to trust it; this also mends an unfit folder
    #[arg(long)]
    now: bool,
}

#[derive(Debug, Args)]
struct PlaceArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// The folder of the authority [default: `ca.publish`, else `ca.dir` of the configuration]
    #[arg(long, value_name = "DIR")]
    ca_dir: Option<String>,
}

#[derive(Debug, Args)]
struct ExportArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Which file: `pem` the authority alone, `bundle` with the public roots, `p12` the same for Java
    #[arg(long, value_enum, default_value_t = Format::Pem)]
    format: Format,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Pem,
    Bundle,
    P12,
}

impl Format {
    const fn file_name(self) -> &'static str {
        match self {
            Self::Pem => "ca.pem",
            Self::Bundle => "bundle.pem",
            Self::P12 => "truststore.p12",
        }
    }
}

impl PlaceArgs {
    /// Reads a published file; returns its path and content.
    fn read(&self, name: &str, environment: &Environment) -> Result<(PathBuf, Vec<u8>), Failure> {
        let folder = match &self.ca_dir {
            Some(folder) => PathBuf::from(folder),
            None => published(&self.sources, environment)?,
        };
        let path = folder.join(name);
        let content = fs::read(&path).map_err(|error| {
            Failure::wrong(format!("cannot read `{}`: {error}", path.display()))
                .next("start `rds-guard run` with `--ca-dir` once, it writes the file; or name its folder by --ca-dir")
        })?;
        Ok((path, content))
    }
}

/// The folder of the public files, according to the configuration.
pub(super) fn published(sources: &SourceArgs, environment: &Environment) -> Result<PathBuf, Failure> {
    let flags: Vec<Flag> = Vec::new();
    config::locate(&sources.sources(environment, flags))?.authority.ok_or_else(|| {
        Failure::wrong("no folder is configured, so the authority lives in the proxy's memory alone")
            .next("set `ca.dir` (run --ca-dir DIR), and name the same folder here by --ca-dir")
    })
}

/// Runs `ca`.
pub(super) fn run(args: &CaArgs, environment: &Environment) -> Result<Exit, Failure> {
    match &args.command {
        Command::Show(place) => {
            let (path, content) = place.read("ca.pem", environment)?;
            output::print(&shown(&path, &content)?)?;
        }
        Command::Export(export) => {
            let (_, content) = export.place.read(export.format.file_name(), environment)?;
            match &export.out {
                Some(out) => fs::write(out, content).map_err(|error| {
                    Failure::world(format!("cannot write `{}`: {error}", out.display()))
                        .next("name a file in a folder that exists and can be written, or leave --out out")
                })?,
                None => write_bytes(&content)?,
            }
        }
        Command::Rotate(rotate) => output::print(&rotated(rotate, environment)?)?,
    }
    Ok(Exit::Good)
}

/// Rotates the authority of a folder; returns what clients have to do and by when.
fn rotated(args: &RotateArgs, environment: &Environment) -> Result<String, Failure> {
    let flag = |value: &String| Flag { name: "--ca-dir", value: value.clone() };
    let config = config::load(&args.place.sources.sources(environment, args.place.ca_dir.iter().map(flag).collect()))?;
    let switch = if args.now { Switch::Now } else { Switch::AfterOverlap };
    let authority = Authority::open_and_rotate(&wiring::authority(&config), OffsetDateTime::now_utc(), switch)
        .map_err(|error| serve::authority_failure(&error))?;
    Ok(match authority.takeover() {
        Some(takeover) => format!(
            "the next authority is published beside this one and signs from {} on: clients must have read the files again by then\n",
            takeover.date()
        ),
        None => format!("authority {} signs now: clients must read the files again\n", authority.fingerprint()),
    })
}

fn write_bytes(content: &[u8]) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(content).and_then(|()| stdout.flush());
    output::unless_unread(written)
}

/// A description of the certificates in `ca.pem`.
fn shown(path: &Path, content: &[u8]) -> Result<String, Failure> {
    let unreadable = |why: &str| Failure::wrong(format!("`{}` is not a PEM certificate: {why}", path.display()));
    let mut text = format!("{}\n", path.display());
    let mut any = false;
    for certificate in CertificateDer::pem_slice_iter(content) {
        let certificate = certificate.map_err(|error| unreadable(&error.to_string()))?;
        let (_, parsed) = X509Certificate::from_der(&certificate).map_err(|error| unreadable(&error.to_string()))?;
        any = true;
        text.push_str(&format!(
            "  {}\n    valid from {} to {}\n    sha256 {}\n",
            parsed.subject(),
            parsed.validity().not_before,
            parsed.validity().not_after,
            fingerprint(&certificate)
        ));
        for name in permitted(&parsed) {
            text.push_str(&format!("    permitted {name}\n"));
        }
    }
    if any { Ok(text) } else { Err(unreadable("it holds none")) }
}

/// The SHA-256 fingerprint of a certificate, in the format of browsers and openssl.
fn fingerprint(certificate: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, certificate);
    digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The DNS names that the certificate's name constraints permit.
fn permitted(certificate: &X509Certificate<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for extension in certificate.extensions() {
        let ParsedExtension::NameConstraints(constraints) = extension.parsed_extension() else { continue };
        for subtree in constraints.permitted_subtrees.iter().flatten() {
            let GeneralName::DNSName(name) = &subtree.base else { continue };
            names.push((*name).to_owned());
        }
    }
    names
}
