//! Whether a process trusts the proxy's authority, and still trusts the public ones.

use std::{fs, path::Path};

use rustls::pki_types::{CertificateDer, pem::PemObject};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{finding::Finding, process::Process};

/// Minimum number of certificates in a file with the public roots. Mozilla's list has more than a hundred.
const PUBLIC: usize = 20;

/// The variables that name trusted roots, each with the clients that read it.
const VARIABLES: [(&str, &str); 5] = [
    ("AWS_CA_BUNDLE", "boto3, the AWS CLI, Go and Ruby"),
    ("SSL_CERT_FILE", "Rust, Go, Ruby and curl"),
    ("REQUESTS_CA_BUNDLE", "Python's requests"),
    ("CURL_CA_BUNDLE", "curl"),
    ("NODE_EXTRA_CA_CERTS", "Node"),
];

/// The proxy's authority as published.
#[derive(Debug)]
pub(super) struct Authority {
    roots: Vec<CertificateDer<'static>>,
}

impl Authority {
    /// Reads the authority from a folder.
    ///
    /// # Errors
    /// A finding that it cannot be read there.
    pub(super) fn published(folder: &Path) -> Result<Self, Finding> {
        let file = folder.join("ca.pem");
        match certificates(&file) {
            Ok(roots) if !roots.is_empty() => Ok(Self { roots }),
            Ok(_) => Err(missing(&file, "it holds no certificate")),
            Err(why) => Err(missing(&file, &why)),
        }
    }

    /// The certificates of the authority.
    pub(super) fn roots(&self) -> &[CertificateDer<'static>] {
        &self.roots
    }

    /// A finding if it has expired or expires soon.
    pub(super) fn end(&self, now: OffsetDateTime) -> Option<Finding> {
        let ends = self.roots.iter().filter_map(|root| {
            let (_, certificate) = x509_parser::parse_x509_certificate(root).ok()?;
            Some(certificate.validity().not_after.to_datetime())
        });
        let last = ends.max()?;
        let remedy = "run `rds-guard ca rotate`, and let clients read the published files again";
        if last <= now {
            return Some(Finding::error(
                "authority-ended",
                format!("the proxy's authority ended on {}", last.date()),
                remedy,
            ));
        }
        let days = (last - now).whole_days();
        (days < 30).then(|| {
            Finding::warning("authority-ends-soon", format!("the proxy's authority ends in {days} days"), remedy)
        })
    }
}

/// Whether this user can read the authority's key in its private folder although it is not the proxy's user.
pub(super) fn exposed_key(folder: &Path, uid: u32, proxy: Option<u32>) -> Option<Finding> {
    proxy.filter(|proxy| *proxy != uid)?;
    let files = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let key = files.into_iter().find(|file| {
        let text = Zeroizing::new(fs::read(file).unwrap_or_default());
        memchr::memmem::find(&text, b"PRIVATE KEY-----").is_some()
    })?;
    Some(Finding::error(
        "authority-key-readable",
        format!("user {uid} can read the authority's key in {}, and with it answer for the RDS API", key.display()),
        "mount the volume of ca.dir into no other container than the proxy's; `rds-guard ca rotate --now` makes a new key",
    ))
}

fn missing(file: &Path, why: &str) -> Finding {
    Finding::error(
        "authority-not-published",
        format!("`{}` cannot be read: {why}", file.display()),
        "give the proxy `ca.publish` (or --ca-dir), and mount that folder where the service runs",
    )
}

/// Findings about one process's trusted roots.
pub(super) fn check(process: &Process, authority: &Authority, bundle: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    let remedy = format!("let it be {}", bundle.display());
    if process.value("AWS_CA_BUNDLE").is_none() && process.value("NODE_EXTRA_CA_CERTS").is_none() {
        found.push(Finding::error(
            "trust-variable-missing",
            format!(
                "{} has neither AWS_CA_BUNDLE nor NODE_EXTRA_CA_CERTS: no AWS SDK there trusts the proxy",
                process.name
            ),
            format!("set AWS_CA_BUNDLE={}", bundle.display()),
        ));
    }
    for (variable, clients) in VARIABLES {
        let Some(file) = process.value(variable) else { continue };
        let roots = match certificates(&process.file(file)) {
            Ok(roots) => roots,
            Err(why) => {
                found.push(Finding::error(
                    "bundle-unreadable",
                    format!("{}: {variable} names `{file}`, which cannot be read: {why}", process.name),
                    &remedy,
                ));
                continue;
            }
        };
        if !authority.roots.iter().any(|root| roots.contains(root)) {
            found.push(Finding::error(
                "bundle-without-authority",
                format!(
                    "{}: {variable} names `{file}`, which lacks the proxy's authority: {clients} refuse it",
                    process.name
                ),
                &remedy,
            ));
        } else if variable != "NODE_EXTRA_CA_CERTS" && roots.len() < PUBLIC {
            // Node's variable adds roots; all others replace them.
            found.push(Finding::error(
                "bundle-without-public-roots",
                format!(
                    "{}: {variable} names `{file}`, which holds the proxy's authority and hardly another root: every other host is refused by {clients}",
                    process.name
                ),
                &remedy,
            ));
        }
    }
    found
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = fs::read(file).map_err(|error| error.to_string())?;
    CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(|error| error.to_string())
}
