//! The sandbox's own certificate authority, which issues a certificate for every requested name.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

/// The names in the certificate for clients that dial the sandbox directly and send no server name.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Why the sandbox cannot create its certificates.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The key or certificate cannot be created.
    #[error("a certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    /// TLS rejects the configuration or certificate.
    #[error("TLS could not be set up")]
    Tls(#[from] rustls::Error),
}

/// The temporary authority. Its key exists only in memory, as long as the sandbox does.
pub(super) struct Certificates {
    authority: CertifiedIssuer<'static, KeyPair>,
    ca_pem: String,
    leaves: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Certificates {
    /// Creates the authority.
    pub(super) fn create() -> Result<Self, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "rds-guard sandbox authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let ca_pem = authority.pem();
        Ok(Self { authority, ca_pem, leaves: Mutex::default() })
    }

    /// The authority's certificate in PEM.
    pub(super) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// A TLS configuration for TLS 1.2 and 1.3 with HTTP/1.1, like the RDS API.
    pub(super) fn into_server_config(self) -> Result<ServerConfig, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(self));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn leaf(&self, name: Option<&str>) -> Result<Arc<CertifiedKey>, Error> {
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        let key = name.unwrap_or_default();
        if let Some(leaf) = leaves.get(key) {
            return Ok(Arc::clone(leaf));
        }
        let names = name.map_or_else(|| LOOPBACK.map(String::from).to_vec(), |name| vec![name.to_owned()]);
        let leaf = Arc::new(self.mint(names)?);
        leaves.insert(key.to_owned(), Arc::clone(&leaf));
        Ok(leaf)
    }

    fn mint(&self, names: Vec<String>) -> Result<CertifiedKey, Error> {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, "rds-guard sandbox");
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.authority)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(CertifiedKey::from_der(vec![certificate.der().clone()], key, &aws_lc_rs::default_provider())?)
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificates(..)")
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // Without a certificate the handshake fails; there is no other way to report the error to the client.
        self.leaf(hello.server_name()).ok()
    }
}
