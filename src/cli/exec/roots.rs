//! The roots that the command would have trusted: the system's, and those that its variables name.
//!
//! Variables such as `AWS_CA_BUNDLE` replace a client's roots. What they named until now must go on being trusted when
//! they name the bundle, or every other host of a company with an authority of its own would be lost to the command.

use std::{collections::HashSet, path::Path};

use rustls::pki_types::CertificateDer;

use super::{
    keytool,
    profile::{self, named},
    variables::java_option,
};
use crate::cli::Environment;

/// Certificates in PEM form, and what could not be had.
#[derive(Debug)]
pub(super) struct Roots {
    pub(super) pem: String,
    pub(super) notes: Vec<String>,
}

/// The variables that name a file or a folder of roots.
const VARIABLES: [&str; 5] =
    ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];

/// Where systems keep their roots: Debian and Alpine, Fedora, SUSE, older Red Hat, BSD.
const SYSTEM: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// The roots of this environment.
pub(super) fn of(environment: &Environment) -> Roots {
    let mut found = Found::default();
    found.system();
    for name in VARIABLES {
        if let Some(path) = named(environment, name) {
            found.take(name, Path::new(path));
        }
    }
    if let Some(folders) = named(environment, "SSL_CERT_DIR") {
        folders.split(':').filter(|folder| !folder.is_empty()).for_each(|it| found.take("SSL_CERT_DIR", Path::new(it)));
    }
    // AWS_CA_BUNDLE overrides it. Source: AWS SDKs and Tools Reference Guide, "General configuration settings".
    if named(environment, "AWS_CA_BUNDLE").is_none()
        && let Some(path) = profile::setting(environment, "ca_bundle")
    {
        found.take("ca_bundle of the AWS profile", Path::new(&path));
    }
    if let Some(options) = named(environment, "JAVA_TOOL_OPTIONS") {
        found.java(environment, options);
    }
    found.finish()
}

#[derive(Default)]
struct Found {
    certificates: Vec<CertificateDer<'static>>,
    notes: Vec<String>,
}

impl Found {
    fn system(&mut self) {
        let path = SYSTEM.iter().map(Path::new).find(|path| path.is_file());
        let read = path.map(|path| rustls_native_certs::load_certs_from_paths(Some(path), None).certs);
        match read.filter(|certificates| !certificates.is_empty()) {
            Some(certificates) => self.certificates.extend(certificates),
            None => self.certificates.extend_from_slice(webpki_root_certs::TLS_SERVER_ROOT_CERTS),
        }
    }

    /// Adds the roots of a file or a folder. One without any roots is reported and skipped: the command is no worse off
    /// than before.
    fn take(&mut self, name: &str, path: &Path) {
        let folder = path.is_dir();
        let (file, folder) = if folder { (None, Some(path)) } else { (Some(path), None) };
        let read = rustls_native_certs::load_certs_from_paths(file, folder);
        if read.certs.is_empty() {
            let why = read.errors.first().map_or_else(|| "it holds none".to_owned(), ToString::to_string);
            self.notes.push(format!("{name} names `{}`, whose roots are not taken over: {why}", path.display()));
        }
        self.certificates.extend(read.certs);
    }

    /// Takes over a trust store that Java was given.
    fn java(&mut self, environment: &Environment, options: &str) {
        let Some(path) = java_option(options, "javax.net.ssl.trustStore") else { return };
        let password = java_option(options, "javax.net.ssl.trustStorePassword").unwrap_or("changeit");
        match keytool::trusted(environment, path, password) {
            Ok(roots) => self.certificates.extend(roots),
            Err(why) => self.notes.push(format!(
                "JAVA_TOOL_OPTIONS names the trust store `{path}`, whose roots are not taken over: {why}"
            )),
        }
    }

    fn finish(mut self) -> Roots {
        let mut seen = HashSet::new();
        // What is not X.509 would make the whole bundle fail, and verifies nothing anyway.
        self.certificates.retain(|der| x509_parser::parse_x509_certificate(der).is_ok() && seen.insert(der.clone()));
        let pem = self.certificates.iter().map(|der| pem::encode(&pem::Pem::new("CERTIFICATE", der.to_vec())));
        Roots { pem: pem.collect(), notes: self.notes }
    }
}
