//! Certificates of an endpoint, good and bad.

use std::{collections::BTreeMap, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use time::{Duration, OffsetDateTime};

use crate::support::stage::{DNS, HOST};

/// The certificate that an endpoint presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shown {
    /// For the endpoint's name.
    Endpoint,
    /// For the region's service name.
    Service,
    /// For another name.
    Elsewhere,
    /// From an untrusted authority.
    Stranger,
    /// It has expired.
    Expired,
    /// It is not valid yet.
    Early,
}

/// The TLS settings of an endpoint for each certificate, and the authority that the proxy trusts.
pub(crate) struct Certificates {
    configs: BTreeMap<Shown, Arc<ServerConfig>>,
    pub(crate) ca_pem: String,
}

impl Certificates {
    pub(crate) fn make() -> Self {
        let (trusted, stranger) = (authority(), authority());
        let day = Duration::days(1);
        let now = OffsetDateTime::now_utc();
        let usual = (now - day * 3650, now + day * 3650);
        let configs = [
            (Shown::Endpoint, leaf(&trusted, "*.rds.us-east-1.vpce.amazonaws.com", usual)),
            (Shown::Service, leaf(&trusted, HOST, usual)),
            (Shown::Elsewhere, leaf(&trusted, "rds.eu-west-1.amazonaws.com", usual)),
            (Shown::Stranger, leaf(&stranger, DNS, usual)),
            (Shown::Expired, leaf(&trusted, DNS, (now - day * 60, now - day))),
            (Shown::Early, leaf(&trusted, DNS, (now + day, now + day * 60))),
        ];
        Self { configs: configs.into(), ca_pem: trusted.pem() }
    }

    pub(crate) fn config(&self, shown: Shown) -> Arc<ServerConfig> {
        Arc::clone(&self.configs[&shown])
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn leaf(
    issuer: &CertifiedIssuer<'_, KeyPair>,
    name: &str,
    (from, until): (OffsetDateTime, OffsetDateTime),
) -> Arc<ServerConfig> {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = (from, until);
    let key = KeyPair::generate().unwrap();
    let leaf = params.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    Arc::new(config)
}
