//! A signature in the `Authorization` header.

use super::{Location, Parts, Signature, date_of_headers, only};
use crate::{
    http1::Request,
    identify::{Error, SessionToken},
};

/// Reads the value of the `Authorization` header, and the headers that belong to it.
pub(super) fn read(request: &Request, authorization: &[u8]) -> Result<Signature, Error> {
    let value = std::str::from_utf8(authorization).map_err(|_| Error::AuthorizationMalformed)?;
    let (algorithm, rest) = value.split_once(' ').unwrap_or((value, ""));
    super::algorithm(algorithm)?;
    let [mut credential, mut signed_headers, mut signature] = [None; 3];
    for part in rest.split(',') {
        let (name, value) = part.trim_matches([' ', '\t']).split_once('=').ok_or(Error::AuthorizationMalformed)?;
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => return Err(Error::AuthorizationMalformed),
        };
        if place.replace(value).is_some() {
            return Err(Error::AuthorizationMalformed);
        }
    }
    let parts = Parts {
        credential: credential.ok_or(Error::PartMissing { name: "Credential" })?,
        signed_headers: signed_headers.ok_or(Error::PartMissing { name: "SignedHeaders" })?,
        signature: signature.ok_or(Error::PartMissing { name: "Signature" })?,
    };
    let token = only(request, "x-amz-security-token")?
        .map(|token| std::str::from_utf8(token).map(SessionToken::new).map_err(|_| Error::AuthorizationMalformed));
    let signed_at = date_of_headers(request)?;
    Signature::new(&parts, signed_at, Location::Header, token.transpose()?)
}
