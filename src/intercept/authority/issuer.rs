//! The signer of leaves: an intermediate whose root's key was discarded, or the configured authority.

use std::{path::Path, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose,
    PublicKeyData, SanType, SerialNumber,
};
use rustls::{
    crypto::aws_lc_rs::sign::any_ecdsa_type,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::{Error, permitted::PermittedNames, secret_key::SecretKey};

/// How long before the present a certificate becomes valid, for clients whose clock is behind.
const BACKDATED: Duration = Duration::hours(1);
/// The validity of a root and its intermediate.
const AUTHORITY_LIFE: Duration = Duration::days(730);
/// The validity of a leaf.
const LEAF_LIFE: Duration = Duration::hours(24);

/// A certificate and key that sign leaves, with the chain sent to clients and the anchors that clients must trust.
#[derive(Debug)]
pub(super) struct Issuer {
    signing: rcgen::Issuer<'static, SecretKey>,
    /// Sent after the leaf.
    chain: Vec<CertificateDer<'static>>,
    /// The certificates that clients must trust.
    anchors: Vec<CertificateDer<'static>>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    permitted: PermittedNames,
}

/// A leaf with its chain, and the time at which it should be replaced.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) renew_at: OffsetDateTime,
    pub(super) not_before: OffsetDateTime,
}

impl Issuer {
    /// Generates a root and an intermediate, both limited to the permitted names, and discards the root's key.
    ///
    /// Both carry the constraints: Java only enforces those of an intermediate, since its trust anchor is a name
    /// and a key (RFC 5280, 6.1.1 d), and all others enforce both.
    pub(super) fn generate(permitted: &PermittedNames, now: OffsetDateTime) -> Result<Self, Error> {
        let mark = hex(&random::<4>()?);
        let root_key = SecretKey::generate()?;
        let root = authority_parameters(format!("rds-guard root {mark}"), 1, permitted, now)?;
        let root_certificate = root.self_signed(&root_key)?;
        let signer = rcgen::Issuer::new(root, root_key);

        let key = SecretKey::generate()?;
        let mut intermediate = authority_parameters(format!("rds-guard intermediate {mark}"), 0, permitted, now)?;
        intermediate.use_authority_key_identifier_extension = true;
        let certificate = intermediate.signed_by(&key, &signer)?;
        Ok(Self {
            chain: vec![certificate.der().clone()],
            anchors: vec![root_certificate.der().clone()],
            not_before: intermediate.not_before,
            not_after: intermediate.not_after,
            permitted: permitted.clone(),
            signing: rcgen::Issuer::new(intermediate, key),
        })
    }

    /// Creates an issuer from a certificate that may sign, the certificates above it, and its key.
    ///
    /// # Errors
    /// The first certificate is malformed, may not sign, or belongs to another key. Validity time and names are
    /// checked by [`super::fitness`].
    pub(super) fn from_parts(
        certificates: Vec<CertificateDer<'static>>,
        key: SecretKey,
        path: &Path,
    ) -> Result<Self, FromPartsError> {
        let first = certificates.first().ok_or_else(|| Error::NoCertificate { path: path.into() })?;
        let facts = Facts::read(first, path)?;
        if !facts.may_sign {
            return Err(Error::NotAnAuthority { path: path.into() }.into());
        }
        if facts.public_key != key.subject_public_key_info() {
            return Err(FromPartsError::KeyMismatch);
        }
        let (mut not_before, mut not_after) = (facts.not_before, facts.not_after);
        let (mut chain, mut anchors) = (Vec::new(), Vec::new());
        for certificate in &certificates {
            let other = Facts::read(certificate, path)?;
            not_before = not_before.max(other.not_before);
            not_after = not_after.min(other.not_after);
            if other.self_issued { &mut anchors } else { &mut chain }.push(certificate.clone());
        }
        if anchors.is_empty() {
            anchors.clone_from(&certificates);
        }
        let signing = rcgen::Issuer::from_ca_cert_der(first, key)
            .map_err(|source| Error::Malformed { path: path.into(), reason: source.to_string() })?;
        Ok(Self { signing, chain, anchors, not_before, not_after, permitted: facts.permitted })
    }

    /// The key, the chain and the anchors in one PEM text, so that they are always stored together and match.
    pub(super) fn to_pem(&self) -> Zeroizing<String> {
        let mut text = self.signing.key().to_pem();
        for certificate in self.chain.iter().chain(&self.anchors) {
            text.push_str(&certificate_pem(certificate));
        }
        text
    }

    /// Signs a leaf for one host, in canonical form.
    ///
    /// # Errors
    /// The host is outside the permitted names, or signing fails.
    pub(super) fn issue(&self, host: &str, now: OffsetDateTime) -> Result<Leaf, Error> {
        if !self.permitted.covers(host) {
            return Err(Error::HostOutside { host: host.into() });
        }
        let key = SecretKey::generate()?;
        let parameters = self.leaf_parameters(host, now)?;
        let certificate = parameters.signed_by(&key, &self.signing)?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.der().to_vec()));
        let chain = std::iter::once(certificate.der()).chain(&self.chain).cloned().collect();
        Ok(Leaf {
            key: Arc::new(CertifiedKey::new(chain, any_ecdsa_type(&private)?)),
            renew_at: now + (parameters.not_after - now) * 2 / 3,
            not_before: parameters.not_before,
        })
    }

    fn leaf_parameters(&self, host: &str, now: OffsetDateTime) -> Result<CertificateParams, Error> {
        let mut leaf = CertificateParams::default();
        let name = host.try_into().map_err(|_| Error::Host { host: host.into() })?;
        leaf.subject_alt_names = vec![SanType::DnsName(name)];
        // A label that is not a host name: a subject may not be empty unless the alternative name is critical, and
        // a host name in it would be matched by clients that should not check it.
        leaf.distinguished_name = common_name("rds-guard leaf");
        // Not the same as no CA flag: this writes the empty basicConstraints and the subject key identifier.
        leaf.is_ca = IsCa::ExplicitNoCa;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        leaf.serial_number = Some(serial()?);
        leaf.not_before = (now - BACKDATED).max(self.not_before);
        leaf.not_after = (now + LEAF_LIFE).min(self.not_after);
        Ok(leaf)
    }

    /// The certificates that clients must trust.
    pub(super) fn anchors(&self) -> &[CertificateDer<'static>] {
        &self.anchors
    }

    /// The names for which it may sign.
    pub(super) fn permitted(&self) -> &PermittedNames {
        &self.permitted
    }

    /// When it was created: its certificates are valid from an hour earlier.
    pub(super) fn made_at(&self) -> OffsetDateTime {
        self.not_before + BACKDATED
    }

    /// The beginning of its validity.
    pub(super) fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// The end of its validity.
    pub(super) fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }
}

/// Why an issuer cannot be created from parts.
#[derive(Debug, thiserror::Error)]
pub(super) enum FromPartsError {
    /// The certificate belongs to another key; the caller knows the path of the key.
    #[error("the certificate belongs to another key")]
    KeyMismatch,
    /// Any other error.
    #[error(transparent)]
    Other(#[from] Error),
}

/// The properties read from a certificate.
struct Facts {
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    may_sign: bool,
    self_issued: bool,
    public_key: Vec<u8>,
    permitted: PermittedNames,
}

impl Facts {
    fn read(certificate: &CertificateDer<'_>, path: &Path) -> Result<Self, Error> {
        let malformed = |reason: String| Error::Malformed { path: path.into(), reason };
        let (_, parsed) =
            x509_parser::parse_x509_certificate(certificate).map_err(|source| malformed(source.to_string()))?;
        let authority = parsed.basic_constraints().map_err(|source| malformed(source.to_string()))?;
        let usage = parsed.key_usage().map_err(|source| malformed(source.to_string()))?;
        Ok(Self {
            not_before: parsed.validity().not_before.to_datetime(),
            not_after: parsed.validity().not_after.to_datetime(),
            may_sign: authority.is_some_and(|ext| ext.value.ca) && usage.is_none_or(|ext| ext.value.key_cert_sign()),
            self_issued: parsed.subject() == parsed.issuer(),
            public_key: parsed.public_key().raw.to_vec(),
            permitted: PermittedNames::of_certificate(&parsed),
        })
    }
}

fn authority_parameters(
    name: String,
    path_length: u8,
    permitted: &PermittedNames,
    now: OffsetDateTime,
) -> Result<CertificateParams, Error> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = common_name(&name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(path_length));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.name_constraints = Some(permitted.extension());
    parameters.serial_number = Some(serial()?);
    parameters.not_before = whole_second(now - BACKDATED);
    parameters.not_after = whole_second(now - BACKDATED + AUTHORITY_LIFE);
    Ok(parameters)
}

/// Certificates have a resolution of whole seconds; rounding keeps the values in memory equal to those read back.
fn whole_second(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_nanosecond(0).unwrap_or(time)
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// A serial number of 126 random bits: positive, and with a negligible probability of collision (RFC 5280, 4.1.2.2,
/// at most 20 octets; CA/Browser Forum baseline requirements 7.1, at least 64 random bits).
fn serial() -> Result<SerialNumber, Error> {
    let mut bytes = random::<16>()?;
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x3f | 0x40;
    }
    Ok(SerialNumber::from_slice(&bytes))
}

/// Random bytes from the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::Random)?;
    Ok(bytes)
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One certificate in PEM form.
pub(super) fn certificate_pem(certificate: &CertificateDer<'_>) -> String {
    let line_feed = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", certificate.to_vec()), line_feed)
}
