//! Checks whether an existing authority is fit for use, with the same verifier that clients use.

use std::{path::Path, sync::Arc};

use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    pki_types::{ServerName, UnixTime},
};
use time::OffsetDateTime;

use super::{
    Error,
    error::Remedy,
    issuer::Issuer,
    permitted::{PermittedNames, canonical_host},
};

/// Checks validity time and names, and, with a leaf issued for this purpose, the whole chain.
///
/// # Errors
/// The first problem that makes it unfit, with the remedy.
pub(super) fn check(
    issuer: &Issuer,
    wanted: &Wanted<'_>,
    now: OffsetDateTime,
    path: &Path,
    remedy: Remedy,
) -> Result<(), Error> {
    check_time(issuer, now, path, remedy)?;
    let missing = match wanted {
        Wanted::Exactly(names) => names.first_beyond(issuer.permitted()).map(String::from),
        Wanted::Hosts(hosts) => first_outside(issuer.permitted(), hosts)?,
    };
    if let Some(name) = missing {
        return Err(Error::NameNotPermitted { path: path.into(), name, remedy });
    }
    if let Wanted::Exactly(names) = wanted
        && let Some(name) = issuer.permitted().first_beyond(names)
    {
        tracing::warn!(path = %path.display(), name, "the authority may sign for more than is configured: rotate it to narrow it");
    }
    verify(issuer, now).map_err(|reason| Error::ChainBroken { path: path.into(), reason, remedy })
}

/// Checks only the validity time.
pub(super) fn check_time(issuer: &Issuer, now: OffsetDateTime, path: &Path, remedy: Remedy) -> Result<(), Error> {
    if now < issuer.not_before() {
        return Err(Error::NotYetValid { path: path.into(), not_before: issuer.not_before() });
    }
    if now >= issuer.not_after() {
        return Err(Error::Expired { path: path.into(), not_after: issuer.not_after(), remedy });
    }
    Ok(())
}

/// The names for which an authority must be permitted to sign.
pub(super) enum Wanted<'a> {
    /// Exactly the configured names: for an authority that was generated here.
    Exactly(&'a PermittedNames),
    /// At least the configured hosts: for an authority that the configuration supplies.
    Hosts(&'a [String]),
}

fn first_outside(permitted: &PermittedNames, hosts: &[String]) -> Result<Option<String>, Error> {
    for host in hosts {
        let name = canonical_host(host)?;
        if !permitted.covers(&name) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn verify(issuer: &Issuer, now: OffsetDateTime) -> Result<(), String> {
    let specimen = issuer.permitted().specimen();
    let leaf = issuer.issue(&specimen, now).map_err(|source| source.to_string())?;
    let [end_entity, chain @ ..] = leaf.key.cert.as_slice() else { return Err("no certificate was made".into()) };
    let mut roots = RootCertStore::empty();
    for anchor in issuer.anchors() {
        roots.add(anchor.clone()).map_err(|source| source.to_string())?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|source| source.to_string())?;
    let name = ServerName::try_from(specimen.as_str()).map_err(|source| source.to_string())?;
    let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
    let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    verifier.verify_server_cert(end_entity, chain, &name, &[], time).map(|_| ()).map_err(|source| source.to_string())
}
