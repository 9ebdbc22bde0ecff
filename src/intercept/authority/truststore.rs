//! A trust store for Java: certificates in the form of PKCS #12 (RFC 7292).
//!
//! The certificates are public, so they are not encrypted. The store carries a MAC all the same, because some readers
//! refuse a password for a store without one, and Java programs are usually started with a password.

use std::iter;

use aws_lc_rs::{
    digest::{self, SHA256},
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use rustls::pki_types::CertificateDer;
use yasna::{DERWriter, construct_der, models::ObjectIdentifier};

use super::{Error, issuer::hex};

/// Java's own default. It hides nothing, since the store holds public certificates only.
const PASSWORD: &str = "changeit";
/// Few, because the password is public and a start must be quick.
const ITERATIONS: u32 = 1000;

/// Data (RFC 2315, 14).
const DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 1];
/// A bag with a certificate (RFC 7292, D).
const CERTIFICATE_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 3];
/// An X.509 certificate in such a bag (RFC 7292, 4.2.3).
const X509_CERTIFICATE: &[u64] = &[1, 2, 840, 113_549, 1, 9, 22, 1];
/// The attribute with an entry's alias (RFC 2985, 5.5.1).
const FRIENDLY_NAME: &[u64] = &[1, 2, 840, 113_549, 1, 9, 20];
/// Java's attribute for a certificate that is trusted; without it Java finds no entry
/// (`ORACLE_TrustedKeyUsage` in OpenJDK's `sun.security.pkcs12.PKCS12KeyStore`).
const TRUSTED_KEY_USAGE: &[u64] = &[2, 16, 840, 1, 113_894, 746_875, 1, 1];
/// Trusted for every purpose (RFC 5280, 4.2.1.12).
const ANY_EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37, 0];
/// SHA-256 (RFC 5754, 2.2).
const SHA_256: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];

/// A store in which Java finds each of `roots` as a trusted certificate; its password is `changeit`.
///
/// # Errors
///
/// The system has no random bytes for the salt.
pub(super) fn truststore(roots: &[&CertificateDer<'static>]) -> Result<Vec<u8>, Error> {
    let mut salt = [0; 20];
    SystemRandom::new().fill(&mut salt).map_err(|_| Error::Random)?;
    let bags = construct_der(|writer| {
        writer.write_sequence(|writer| roots.iter().for_each(|root| bag(writer.next(), root)));
    });
    let contents = construct_der(|writer| writer.write_sequence(|writer| data(writer.next(), &bags)));
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &mac_key(PASSWORD, &salt, ITERATIONS)), &contents);
    Ok(construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_u8(3);
            data(writer.next(), &contents);
            writer.next().write_sequence(|writer| {
                writer.next().write_sequence(|writer| {
                    writer.next().write_sequence(|writer| {
                        oid(writer.next(), SHA_256);
                        writer.next().write_null();
                    });
                    writer.next().write_bytes(mac.as_ref());
                });
                writer.next().write_bytes(&salt);
                writer.next().write_u32(ITERATIONS);
            });
        });
    }))
}

/// A `ContentInfo` that is not encrypted.
fn data(writer: DERWriter<'_>, content: &[u8]) {
    writer.write_sequence(|writer| {
        oid(writer.next(), DATA);
        explicit(writer.next(), |writer| writer.write_bytes(content));
    });
}

/// A `SafeBag` with a trusted certificate.
fn bag(writer: DERWriter<'_>, root: &CertificateDer<'static>) {
    // Java compares aliases without letter case and keeps one entry for each: a digest is unique in any case.
    let alias: String = hex(digest::digest(&SHA256, root).as_ref()).chars().take(32).collect();
    writer.write_sequence(|writer| {
        oid(writer.next(), CERTIFICATE_BAG);
        explicit(writer.next(), |writer| {
            writer.write_sequence(|writer| {
                oid(writer.next(), X509_CERTIFICATE);
                explicit(writer.next(), |writer| writer.write_bytes(root));
            });
        });
        writer.next().write_set_of(|writer| {
            attribute(writer.next(), FRIENDLY_NAME, |writer| writer.write_bmp_string(&alias));
            attribute(writer.next(), TRUSTED_KEY_USAGE, |writer| oid(writer, ANY_EXTENDED_KEY_USAGE));
        });
    });
}

fn attribute(writer: DERWriter<'_>, id: &[u64], value: impl FnOnce(DERWriter<'_>)) {
    writer.write_sequence(|writer| {
        oid(writer.next(), id);
        writer.next().write_set_of(|writer| value(writer.next()));
    });
}

fn explicit(writer: DERWriter<'_>, content: impl FnOnce(DERWriter<'_>)) {
    writer.write_tagged(yasna::Tag::context(0), content);
}

fn oid(writer: DERWriter<'_>, components: &[u64]) {
    writer.write_oid(&ObjectIdentifier::from_slice(components));
}

/// The key of the MAC (RFC 7292, B.2), which is as long as one output of the hash.
fn mac_key(password: &str, salt: &[u8], iterations: u32) -> Vec<u8> {
    /// Bytes that SHA-256 takes at a time.
    const BLOCK: usize = 64;
    /// What the derived bytes are for (RFC 7292, B.3).
    const FOR_A_MAC: u8 = 3;

    let password: Vec<u8> = password.encode_utf16().chain(iter::once(0)).flat_map(u16::to_be_bytes).collect();
    let blocks = |bytes: &[u8]| {
        let length = bytes.len().div_ceil(BLOCK) * BLOCK;
        bytes.iter().copied().cycle().take(length).collect::<Vec<u8>>()
    };
    let mut input = vec![FOR_A_MAC; BLOCK];
    input.extend(blocks(salt));
    input.extend(blocks(&password));
    let first = digest::digest(&SHA256, &input);
    let last = (1..iterations).fold(first, |hash, _| digest::digest(&SHA256, hash.as_ref()));
    last.as_ref().to_vec()
}
