//! `[ca]`: the local certificate authority.

use std::{fs, path::PathBuf, time::Duration};

use rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::config::{
    Origin,
    choice::choice,
    problem::Misdeed,
    section::Section,
    value::{Setting, Wrong},
    written::Node,
};

/// The values of `[ca]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ca {
    /// The private folder for the authority's key. Without one, the key exists only in memory.
    pub dir: Option<PathBuf>,
    /// The folder for the public files; `dir` if not set.
    pub publish: Option<PathBuf>,
    /// The certificate of the operator's own authority.
    pub cert: Option<PathBuf>,
    /// The key of the operator's own authority.
    pub key: Option<PathBuf>,
    /// The names that the name constraints permit.
    pub constrain: Constrain,
    /// Additional roots for the published bundles.
    pub extra_roots: Vec<CertificateFile>,
    /// How long the previous authority stays published next to a new one.
    pub overlap: Duration,
}

/// A PEM file that was read and contains at least one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFile {
    /// The path of the file.
    pub path: PathBuf,
    /// The certificates in the file.
    pub certificates: Vec<CertificateDer<'static>>,
}

choice! {
    /// The names that the authority's name constraints permit.
    Constrain, "\"suffixes\" or \"regions\"" {
        /// Every name under the DNS suffixes of AWS.
        Suffixes = "suffixes",
        /// Only the RDS API names of the configured regions.
        Regions = "regions",
    }
}

impl Default for Ca {
    fn default() -> Self {
        Self {
            dir: None,
            publish: None,
            cert: None,
            key: None,
            constrain: Constrain::Suffixes,
            extra_roots: Vec::new(),
            overlap: Duration::from_hours(24 * 30),
        }
    }
}

impl Ca {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut ca = Self::default();
        section.set("dir", &mut ca.dir);
        section.set("publish", &mut ca.publish);
        let cert = section.set("cert", &mut ca.cert);
        let key = section.set("key", &mut ca.key);
        section.set("constrain", &mut ca.constrain);
        section.set("extra_roots", &mut ca.extra_roots);
        section.set("overlap", &mut ca.overlap);
        match (&ca.cert, &ca.key) {
            (Some(_), None) => alone(&mut section, cert, "ca.cert", "ca.key"),
            (None, Some(_)) => alone(&mut section, key, "ca.key", "ca.cert"),
            (Some(_), Some(_)) | (None, None) => {}
        }
        section.finish();
        ca
    }

    /// The folder for `ca.pem`, `bundle.pem` and `truststore.p12`, if any.
    #[must_use]
    pub fn published(&self) -> Option<&PathBuf> {
        self.publish.as_ref().or(self.dir.as_ref())
    }
}

fn alone(section: &mut Section<'_>, origin: Origin, key: &str, other: &str) {
    let contradiction = format!("stands alone: an authority of one's own needs `{other}` too");
    section.problem(origin, Misdeed::Contradiction { key: key.to_owned(), contradiction });
}

impl Setting for CertificateFile {
    const EXPECTED: &'static str = "the path of a PEM file with at least one certificate";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        let path = PathBuf::read(node)?;
        let because = |why: String| vec![Wrong::because(node, format!("{} ({why})", Self::EXPECTED))];
        let text = fs::read(&path).map_err(|error| because(error.to_string()))?;
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        match certificates {
            Ok(certificates) if certificates.is_empty() => Err(because("it holds none".to_owned())),
            Ok(certificates) => Ok(Self { path, certificates }),
            Err(error) => Err(because(error.to_string())),
        }
    }

    fn show(&self) -> String {
        self.path.show()
    }
}
