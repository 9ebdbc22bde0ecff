//! SigV4 as it stands in requests: nothing panics, and what is accepted names one access key, is believed no further
//! than the directory allows, and means the same twice.
#![no_main]

use std::{collections::BTreeMap, sync::LazyLock};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rds_guard::{
    aws::{
        AccessKeyId, PrincipalArn,
        endpoint::{Recognised, recognise},
    },
    decode, http1,
    identify::{self, Directory, Entry, Secret, SecretAccessKey, Trust, sigv4::Signature},
};
use time::OffsetDateTime;

/// The example credentials of AWS's documentation, with which the captured requests are signed: they can be verified.
const VERIFIABLE: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// Known by its id alone.
const KNOWN: &str = "AKIAI44QH8DHBEXAMPLE";
/// The captured requests were signed within the minute around it.
const NOW: i64 = 1_795_474_264;

static PRINCIPALS: LazyLock<[(AccessKeyId, PrincipalArn); 2]> = LazyLock::new(|| {
    [(VERIFIABLE, "alice"), (KNOWN, "bob")].map(|(id, name)| {
        let principal = format!("arn:aws:iam::123456789012:user/{name}");
        (id.parse().expect("an access key id"), principal.parse().expect("a principal"))
    })
});

static DIRECTORY: LazyLock<Directory> = LazyLock::new(|| {
    let entries = PRINCIPALS.iter().map(|(id, principal)| {
        let secret = (id.as_str() == VERIFIABLE)
            .then(|| Secret { secret_access_key: SecretAccessKey::new(SECRET), session_token: None });
        (id.clone(), Entry::new(principal.clone(), BTreeMap::new(), secret))
    });
    Directory::new(entries).expect("a directory")
});

/// The access key ids that a request names, as a reader of another make finds them in `Authorization` and the query.
fn named(request: &http1::Request) -> Vec<String> {
    let key = |credential: &str| credential.split('/').next().unwrap_or_default().to_owned();
    let headers = request.header_values("authorization").flat_map(|value| {
        let value = String::from_utf8_lossy(value).into_owned();
        value.split("Credential=").skip(1).map(key).collect::<Vec<_>>()
    });
    let query = form_urlencoded::parse(request.query().unwrap_or_default().as_bytes())
        .filter(|(name, _)| name.eq_ignore_ascii_case("x-amz-credential"))
        .map(|(_, value)| key(&value));
    headers.chain(query).collect()
}

/// Whom the directory allows an accepted caller to be.
fn hold_trust(caller: &identify::Caller) {
    let id = caller.access_key_id.as_ref().expect("whoever is accepted has an access key id");
    let entered = PRINCIPALS.iter().find(|(known, _)| known == id).map(|(_, principal)| principal);
    assert_eq!(caller.principal.as_ref(), entered);
    match caller.trust {
        Trust::Verified => assert_eq!(id.as_str(), VERIFIABLE),
        Trust::Known => assert_eq!(id.as_str(), KNOWN, "a signature that can be verified is"),
        Trust::Claimed => assert!(caller.account.is_some() && caller.account == id.account()),
        Trust::None => assert!(caller.account.is_none()),
        Trust::Assumed => panic!("nothing is assumed without defaults"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(request) = http1::Request::parse(Bytes::copy_from_slice(bytes)) else { return };
    let in_headers = Signature::read(&request, std::iter::empty());
    if let Ok(signature) = &in_headers {
        assert_eq!(request.header_values("authorization").count(), 1, "one signature, in one place");
        assert!((16..=128).contains(&signature.access_key_id().as_str().len()));
    }
    let named = named(&request);
    let Recognised::Rds(host) = recognise("rds.us-east-1.amazonaws.com") else { panic!("the host is known") };
    let Ok(call) = decode::api_call(request, &host, &decode::Settings::default()) else { return };
    let now = OffsetDateTime::from_unix_timestamp(NOW).expect("a time");
    let settings = identify::Settings::default();
    let again = call.clone();
    let first = identify::caller(call, &DIRECTORY, now, &settings);
    let second = identify::caller(again, &DIRECTORY, now, &settings);
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.caller(), second.caller());
            hold_trust(first.caller());
            let signature = first.signature().expect("whoever is accepted has signed");
            assert_eq!(first.caller().access_key_id.as_ref(), Some(signature.access_key_id()));
            assert_eq!(named, [signature.access_key_id().as_str()], "one access key, and no other is named");
        }
        (Err(first), Err(second)) => {
            assert_eq!(first.error(), second.error());
            assert_eq!(first.caller(), second.caller());
            assert_ne!(first.caller().trust, Trust::Verified, "verified is the last of the checks");
        }
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => panic!("one request, two callers"),
    }
});
