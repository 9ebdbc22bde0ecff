//! A private key that is wiped when it is dropped: rcgen's own type keeps the serialised key and does not wipe it.

use std::fmt;

use rcgen::{KeyPair, PublicKeyData, SignatureAlgorithm, SigningKey};
use zeroize::{Zeroize, Zeroizing};

/// A private key for certificates. Its `Debug` does not print it.
pub(super) struct SecretKey(KeyPair);

impl SecretKey {
    /// Generates an ECDSA P-256 key.
    pub(super) fn generate() -> Result<Self, rcgen::Error> {
        KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map(Self)
    }

    /// Reads the first private key of a PEM text.
    pub(super) fn from_pem(pem: &str) -> Result<Self, rcgen::Error> {
        use rustls::pki_types::{PrivateKeyDer, pem::PemObject};

        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
        KeyPair::try_from(&key).map(Self)
    }

    /// The key as PKCS #8 in PEM form. Only for keys from [`Self::generate`], which are stored in that form.
    pub(super) fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.serialize_pem())
    }

    /// The key in DER form.
    pub(super) fn der(&self) -> &[u8] {
        self.0.serialized_der()
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl PublicKeyData for SecretKey {
    fn der_bytes(&self) -> &[u8] {
        self.0.der_bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        PublicKeyData::algorithm(&self.0)
    }
}

impl SigningKey for SecretKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0.sign(message)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}
