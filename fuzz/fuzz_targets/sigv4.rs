//! SigV4 as it stands in requests: nothing panics, and what is accepted names one access key and means the same twice.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rds_guard::{
    aws::endpoint::{Recognised, recognise},
    decode, http1,
    identify::{self, Directory, sigv4::Signature},
};
use time::OffsetDateTime;

static DIRECTORY: LazyLock<Directory> = LazyLock::new(Directory::default);

fuzz_target!(|bytes: &[u8]| {
    let Ok(request) = http1::Request::parse(Bytes::copy_from_slice(bytes)) else { return };
    let read = Signature::read(&request, std::iter::empty());
    if let Ok(signature) = &read {
        let headers = request.header_values("authorization").count();
        assert_eq!(headers, 1, "one signature, in one place");
        assert!((16..=128).contains(&signature.access_key_id().as_str().len()));
    }
    let Recognised::Rds(host) = recognise("rds.us-east-1.amazonaws.com") else { panic!("the host is known") };
    let Ok(call) = decode::api_call(request, &host, &decode::Settings::default()) else { return };
    let now = OffsetDateTime::from_unix_timestamp(1_795_474_264).expect("a time");
    let settings = identify::Settings::default();
    let again = call.clone();
    let (first, second) =
        (identify::caller(call, &DIRECTORY, now, &settings), identify::caller(again, &DIRECTORY, now, &settings));
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.caller(), second.caller());
            assert!(first.caller().access_key_id.is_some() && first.signature().is_some());
        }
        (Err(first), Err(second)) => assert_eq!(first.error(), second.error()),
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => panic!("one request, two callers"),
    }
});
