//! Reads the trusted certificates of a Java trust store with `keytool`, which is part of every JDK and supports all the
//! formats that Java supports (PKCS #12, JKS).

use std::{
    ffi::OsString,
    io::{ErrorKind, Read},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustls::pki_types::{CertificateDer, pem::PemObject};

use super::profile::named;
use crate::cli::Environment;

/// The time limit for `keytool`; a Java virtual machine starts within a second or two.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// The maximum length of a listing in bytes; some 150 certificates of public authorities take 300 kB.
const MOST_OUTPUT: u64 = 16 << 20;

/// The variable with the password, which other users could read among the arguments.
const PASSWORD: &str = "RDS_GUARD_STOREPASS";

/// Returns the trusted certificates of the store at `path`.
///
/// # Errors
///
/// Says why they cannot be read: no `keytool`, a wrong password, a file that is not a trust store.
pub(super) fn trusted(
    environment: &Environment,
    path: &str,
    password: &str,
) -> Result<Vec<CertificateDer<'static>>, String> {
    let keytool = match named(environment, "JAVA_HOME") {
        Some(home) if Path::new(home).join("bin/keytool").is_file() => Path::new(home).join("bin/keytool").into(),
        Some(_) | None => OsString::from("keytool"),
    };
    let mut child = Command::new(&keytool)
        .args(["-J-Duser.language=en", "-J-Dfile.encoding=UTF-8", "-J-Dstdout.encoding=UTF-8"])
        .args(["-list", "-rfc", "-keystore", path, "-storepass:env", PASSWORD])
        .env(PASSWORD, password)
        .env_remove("JAVA_TOOL_OPTIONS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| {
            if error.kind() == ErrorKind::NotFound {
                "`keytool`, which lists them, is in neither JAVA_HOME nor PATH".to_owned()
            } else {
                format!("`{}` cannot be started: {error}", keytool.display())
            }
        })?;
    let listing = child.stdout.take().map(|output| {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut text = Vec::new();
            let read = output.take(MOST_OUTPUT).read_to_end(&mut text);
            // The receiver is gone once the time is over.
            let _ = sender.send(read.map(|_| text));
        });
        receiver.recv_timeout(TIME_LIMIT)
    });
    // No effect on a process that has ended.
    let killed = matches!(listing, Some(Ok(_))) || child.kill().is_ok();
    let status = if killed { child.wait().ok() } else { None };
    let text = match listing {
        Some(Ok(Ok(text))) => String::from_utf8(text).map_err(|_| "the output of `keytool` is not UTF-8".to_owned())?,
        Some(Ok(Err(error))) => return Err(format!("the output of `keytool` cannot be read: {error}")),
        Some(Err(_)) | None => return Err(format!("`keytool` gave no list within {} s", TIME_LIMIT.as_secs())),
    };
    if !status.is_some_and(|status| status.success()) {
        return Err(text.lines().find(|line| !line.trim().is_empty()).unwrap_or("`keytool` failed").to_owned());
    }
    Ok(certificates(&text))
}

/// Returns the certificates of the trusted entries. The chain of a private key is not trusted as a root.
pub(super) fn certificates(listing: &str) -> Vec<CertificateDer<'static>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    let mut trusted = Vec::new();
    let mut is_trusted = false;
    for part in listing.split_inclusive("-----END CERTIFICATE-----") {
        let Some(begin) = part.find(BEGIN) else { continue };
        let (heading, pem) = part.split_at(begin);
        // After the alias, which may be any text, comes the line with the type of the entry.
        if let Some(entry) = heading.lines().rev().map(str::trim_end).find(|line| line.ends_with("Entry")) {
            is_trusted = entry.ends_with("trustedCertEntry");
        }
        if is_trusted && let Ok(certificate) = CertificateDer::from_pem_slice(pem.as_bytes()) {
            trusted.push(certificate);
        }
    }
    trusted
}
