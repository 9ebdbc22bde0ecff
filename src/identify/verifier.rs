//! Recomputes signatures if the secret is known.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::constant_time;
use aws_sigv4::sign::v4;
use zeroize::Zeroizing;

use super::{
    Error, Secret, canonical,
    coverage::sha256_hex,
    sigv4::{CredentialScope, Signature, timestamp::format_amz},
};
use crate::http1::Request;

/// Verifies the signatures of one access key.
///
/// It only verifies that the signer has the secret and signed this request. What a signature must cover, and
/// whether it is out of date, is checked before, by [`super::caller`].
pub struct Verifier {
    secret: Secret,
    /// A signing key is valid for a day, a region and a service: deriving it again would cost four HMACs per
    /// request.
    signing_keys: Mutex<HashMap<CredentialScope, Zeroizing<Vec<u8>>>>,
}

/// The maximum number of scopes whose signing keys are kept: yesterday's, today's and tomorrow's of some regions.
const MOST_SCOPES: usize = 64;

impl Verifier {
    /// Creates a verifier of signatures made with this secret.
    #[must_use]
    pub fn new(secret: Secret) -> Self {
        Self { secret, signing_keys: Mutex::default() }
    }

    /// Checks a request's session token and signature, both in constant time.
    ///
    /// # Errors
    /// [`Error::TokenWrong`], [`Error::SignatureWrong`].
    pub fn verify(&self, signature: &Signature, request: &Request) -> Result<(), Error> {
        match (&self.secret.session_token, signature.session_token()) {
            (None, None) => {}
            (Some(expected), Some(found)) if expected.is(found) => {}
            (Some(_), Some(_) | None) | (None, Some(_)) => return Err(Error::TokenWrong),
        }
        let canonical = canonical::request(signature, request).ok_or(Error::SignatureWrong)?;
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{}\n{}\n{}",
            format_amz(signature.signed_at()),
            signature.scope(),
            sha256_hex(&canonical)
        );
        let expected =
            Zeroizing::new(v4::calculate_signature(self.signing_key(signature).as_slice(), to_sign.as_bytes()));
        constant_time::verify_slices_are_equal(expected.as_bytes(), signature.value().as_bytes())
            .map_err(|_| Error::SignatureWrong)
    }

    fn signing_key(&self, signature: &Signature) -> Zeroizing<Vec<u8>> {
        let scope = signature.scope();
        let mut keys = self.signing_keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.get(scope) {
            return key.clone();
        }
        // The scope's date is that of the request, as checked earlier.
        let secret = self.secret.secret_access_key.reveal();
        let key = v4::generate_signing_key(secret, signature.signed_at().into(), scope.region(), scope.service());
        let key = Zeroizing::new(key.as_ref().to_vec());
        if keys.len() >= MOST_SCOPES {
            keys.clear();
        }
        keys.insert(scope.clone(), key.clone());
        key
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(..)")
    }
}
