//! Why there is no authority: one variant per error, each naming the file and the remedy.

use std::{io, path::PathBuf};

use time::OffsetDateTime;

use crate::private_dir;

/// Why an authority could not be generated, opened, rotated or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A configured file cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// The configured file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Other users have access to the directory that contains the key.
    #[error(
        "`{path}` has mode {mode:04o}, so others can reach the authority's key: run `chmod 700 {path}`, or name a \
         directory inside it, which is then made private"
    )]
    DirectoryMode {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Other users have access to the file that contains the key.
    #[error(
        "`{path}` has mode {mode:04o}, so others can read the authority's key: run `chmod 600 {path}`, and \
         `rds-guard ca rotate --now` if somebody may have read it"
    )]
    KeyMode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The authority's own directory, or the one to publish in, cannot be used.
    #[error(transparent)]
    Directory(private_dir::Error),
    /// Another running process with its own authority in memory publishes to the same directory.
    #[error(
        "another rds-guard publishes its authority in `{path}`: give each a directory of its own, or a common \
         `ca.dir`, so that they share one authority"
    )]
    PublishInUse {
        /// The directory to publish in.
        path: PathBuf,
    },
    /// A PEM file contains no certificate.
    #[error("`{path}` holds no certificate in PEM form")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A PEM file contains no private key that can sign.
    #[error("`{path}` holds no private key in PEM form (PKCS #8, SEC 1 or PKCS #1; ECDSA P-256, P-384 or RSA)")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// A certificate cannot be parsed as X.509.
    #[error("`{path}` holds a certificate that is malformed: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The parse error.
        reason: String,
    },
    /// The certificate may not sign others.
    #[error("the certificate in `{path}` may not sign others (basicConstraints cA, keyUsage keyCertSign)")]
    NotAnAuthority {
        /// The file.
        path: PathBuf,
    },
    /// The certificate belongs to another key.
    #[error("the key in `{key}` is not that of the first certificate in `{path}`: {remedy}")]
    KeyMismatch {
        /// The file of the certificate.
        path: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// The remedy.
        remedy: Remedy,
    },
    /// The authority has expired.
    #[error("the authority in `{path}` expired at {not_after}: {remedy}")]
    Expired {
        /// The file.
        path: PathBuf,
        /// When it expired.
        not_after: OffsetDateTime,
        /// The remedy.
        remedy: Remedy,
    },
    /// The authority is not valid yet: a clock is wrong.
    #[error("the authority in `{path}` is not valid before {not_before}: check this machine's clock")]
    NotYetValid {
        /// The file.
        path: PathBuf,
        /// When it becomes valid.
        not_before: OffsetDateTime,
    },
    /// Clients would not accept a leaf of this authority.
    #[error("a certificate signed by the authority in `{path}` does not verify ({reason}): {remedy}")]
    ChainBroken {
        /// The file.
        path: PathBuf,
        /// The verifier's error.
        reason: String,
        /// The remedy.
        remedy: Remedy,
    },
    /// The authority's name constraints exclude a configured name.
    #[error("the authority in `{path}` is not permitted to sign for `{name}`: {remedy}")]
    NameNotPermitted {
        /// The file.
        path: PathBuf,
        /// The first such name.
        name: String,
        /// The remedy.
        remedy: Remedy,
    },
    /// Only the names of the configured regions are permitted, and no region is configured.
    #[error("`ca.constrain = \"regions\"` needs a region: configure an `[[endpoint]]`, or use \"suffixes\"")]
    NothingPermitted,
    /// A host name for which no certificate can be issued.
    #[error("`{host}` is not a host name")]
    Host {
        /// The invalid name.
        host: String,
    },
    /// A leaf was requested outside the authority's own constraints.
    #[error("this authority signs for no such host as `{host}`")]
    HostOutside {
        /// The host.
        host: String,
    },
    /// A user-supplied authority cannot be rotated here.
    #[error("the authority of `{path}` is given by the configuration: replace that file instead")]
    NotOurs {
        /// The certificate's file.
        path: PathBuf,
    },
    /// There is nothing on disk to rotate.
    #[error("no `ca.dir` is configured: the authority exists in memory only and is created at each start")]
    InMemory,
    /// A certificate or key could not be generated.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The key could not be loaded for TLS.
    #[error("cannot use a leaf's key for TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The system returned no random bytes.
    #[error("the system gave no random bytes")]
    Random,
}

/// The remedy for an authority that is no longer fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Let rds-guard generate a new one.
    Rotate,
    /// Replace the configured files.
    Replace,
}

impl std::fmt::Display for Remedy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Rotate => "run `rds-guard ca rotate --now`, then restart the workloads so that they read the new one",
            Self::Replace => "replace the files of `ca.cert` and `ca.key`",
        })
    }
}

/// The cause of an [`Error`], which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Configuration or input files are wrong: exit code 2.
    Input,
    /// Environment error (a directory that cannot be written, a lock): exit code 3.
    World,
}

impl From<private_dir::Error> for Error {
    fn from(error: private_dir::Error) -> Self {
        // These two say what the file or the directory is for.
        match error {
            private_dir::Error::DirectoryMode { path, mode } => Self::DirectoryMode { path, mode },
            private_dir::Error::FileMode { path, mode } => Self::KeyMode { path, mode },
            error @ (private_dir::Error::Unreadable { .. }
            | private_dir::Error::Unwritable { .. }
            | private_dir::Error::DirectoryOwner { .. }
            | private_dir::Error::FileOwner { .. }
            | private_dir::Error::Locked { .. }
            | private_dir::Error::Random) => Self::Directory(error),
        }
    }
}

impl Error {
    /// The cause of the error.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            Self::Directory(error) if error.is_of_environment() => Blame::World,
            Self::PublishInUse { .. } | Self::Certificate(_) | Self::Tls(_) | Self::Random => Blame::World,
            Self::Unreadable { .. }
            | Self::Directory(_)
            | Self::DirectoryMode { .. }
            | Self::KeyMode { .. }
            | Self::NoCertificate { .. }
            | Self::NoKey { .. }
            | Self::Malformed { .. }
            | Self::NotAnAuthority { .. }
            | Self::KeyMismatch { .. }
            | Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::ChainBroken { .. }
            | Self::NameNotPermitted { .. }
            | Self::NothingPermitted
            | Self::Host { .. }
            | Self::HostOutside { .. }
            | Self::NotOurs { .. }
            | Self::InMemory => Blame::Input,
        }
    }
}
