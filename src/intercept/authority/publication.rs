//! What clients are given to trust: the authority alone, and together with the public roots, in PEM form and Java's.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use rustls::pki_types::{CertificateDer, pem::PemObject};

use super::{Error, issuer::certificate_pem, truststore::truststore};
use crate::private_dir::{Exposure, PrivateDir};

/// Where the files for clients stand. Each is replaced whole; all are readable by everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The authority's own root (two while it is being rotated), in PEM form.
    pub ca_pem: PathBuf,
    /// The public roots, the extra ones and ours, in PEM form: for variables that replace a client's roots.
    pub bundle_pem: PathBuf,
    /// The same roots as a PKCS #12 store that Java takes for a trust store; the password is `changeit`.
    pub truststore: PathBuf,
}

/// The roots that clients trusted before, which the bundle keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicRoots {
    /// Those of the system, or Mozilla's where the system has none (a `scratch` image).
    System,
    /// Those of a PEM file.
    File(PathBuf),
}

/// Writes the files: the small one last, so that a process that waits for it finds the others complete.
pub(super) fn publish(
    directory: &PrivateDir,
    ours: &[CertificateDer<'static>],
    others: &[CertificateDer<'static>],
) -> Result<Published, Error> {
    let mut seen = HashSet::new();
    let mut all = ours.iter().chain(others).collect::<Vec<_>>();
    all.retain(|der| seen.insert(*der));
    let bundle: String = all.iter().map(|der| certificate_pem(der)).collect();
    let own: String = ours.iter().map(certificate_pem).collect();
    directory.replace(TRUSTSTORE, &truststore(&all)?, Exposure::Public)?;
    directory.replace(BUNDLE, bundle.as_bytes(), Exposure::Public)?;
    directory.replace(CA, own.as_bytes(), Exposure::Public)?;
    Ok(Published {
        ca_pem: directory.path_of(CA),
        bundle_pem: directory.path_of(BUNDLE),
        truststore: directory.path_of(TRUSTSTORE),
    })
}

/// The roots published together with ours: the public ones and those of the extra files.
pub(super) fn other_roots(public: &PublicRoots, extra: &[PathBuf]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let mut roots = match public {
        PublicRoots::System => system_roots(),
        PublicRoots::File(path) => read_certificates(path)?,
    };
    for path in extra {
        roots.extend(read_certificates(path)?);
    }
    Ok(roots)
}

fn system_roots() -> Vec<CertificateDer<'static>> {
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "some of the system's root certificates cannot be read");
    }
    // What is not X.509 would make the whole trust store fail, and verifies nothing anyway.
    let readable = |der: &CertificateDer<'_>| x509_parser::parse_x509_certificate(der).is_ok();
    let roots: Vec<_> = native.certs.into_iter().filter(readable).collect();
    if roots.is_empty() { webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec() } else { roots }
}

/// All certificates of a PEM file that the configuration names.
pub(super) fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let text = fs::read(path).map_err(|source| Error::Unreadable { path: path.into(), source })?;
    certificates(&text, path)
}

/// All certificates of a PEM text.
pub(super) fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let malformed = |reason: String| Error::Malformed { path: path.into(), reason };
    let found: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|source| malformed(source.to_string()))?;
    for der in &found {
        x509_parser::parse_x509_certificate(der).map_err(|source| malformed(source.to_string()))?;
    }
    if found.is_empty() { Err(Error::NoCertificate { path: path.into() }) } else { Ok(found) }
}

const CA: &str = "ca.pem";
const BUNDLE: &str = "bundle.pem";
const TRUSTSTORE: &str = "truststore.p12";
