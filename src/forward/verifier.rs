//! The certificates that an endpoint may present: for the dialled name, or for the region's service name.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};

/// Verifies against the dialled name, then against the region's service name, which every client uses that reaches
/// the same network interface by private DNS. Verification cannot be turned off.
#[derive(Debug)]
struct EndpointVerifier {
    webpki: Arc<WebPkiServerVerifier>,
    service_name: ServerName<'static>,
}

impl ServerCertVerifier for EndpointVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let dialled = self.webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp, now);
        match dialled {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => self
                .webpki
                .verify_server_cert(end_entity, intermediates, &self.service_name, ocsp, now)
                // If both fail, the error about the dialled name is returned.
                .or(dialled),
            decided => decided,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// Creates the TLS settings for one service name.
///
/// # Errors
/// The service name is not a DNS name, or there are no roots.
pub(super) fn client_config(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    service_name: &str,
) -> Result<Arc<ClientConfig>, String> {
    let webpki = WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(provider))
        .build()
        .map_err(|error| error.to_string())?;
    let service_name = ServerName::try_from(service_name.to_owned()).map_err(|error| error.to_string())?;
    let mut config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        // Named "dangerous" because any verifier can be passed; this one only uses webpki.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(EndpointVerifier { webpki, service_name }))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Mozilla's roots and the additional ones.
///
/// # Errors
/// An additional root is not a certificate.
pub(super) fn root_store(extra: &[CertificateDer<'static>]) -> Result<RootCertStore, rustls::Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for root in extra {
        roots.add(root.clone())?;
    }
    Ok(roots)
}
