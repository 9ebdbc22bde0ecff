//! Credentials are kept fresh, and their owner is looked up once per key.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::*;
use crate::credentials::{Identity, Keeper, Store};

fn identity_answer() -> String {
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/own/task</Arn>\
     <UserId>AROA:task</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>"
        .into()
}

fn key(number: usize) -> String {
    format!("ASIAIOSFODNN7EXAMPL{}", number % 10)
}

/// A container endpoint that returns a new key each time, valid for two seconds. Its third response is a failure.
fn rotating() -> Server {
    let given = AtomicUsize::new(0);
    Server::start(move |_| {
        let number = given.fetch_add(1, Ordering::Relaxed);
        if number == 2 {
            return (500, String::new());
        }
        let until = (OffsetDateTime::now_utc() + Duration::from_secs(2)).format(&Rfc3339).unwrap();
        let document = DOCUMENT.replace("ASIAIOSFODNN7EXAMPLE", &key(number)).replace("2099-01-01T00:00:00Z", &until);
        (200, document)
    })
}

#[tokio::test]
async fn keys_are_renewed_before_their_end_and_the_one_before_stays_known() {
    let (container, sts) = (rotating(), Server::start(|_| (200, identity_answer())));
    let (url, sts_url) = (container.url("/"), sts.url(""));
    let variables = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()), ("AWS_ENDPOINT_URL_STS", sts_url.as_str())];
    let (store, told) = (Arc::new(Store::default()), Arc::new(Mutex::new(Vec::<Identity>::new())));
    let tell = Arc::clone(&told);
    let keeper = Keeper::new(Chain::new(settings(&variables)), Arc::clone(&store), move |identity| {
        tell.lock().unwrap().push(identity);
    });
    let mut changes = store.changes();
    let running = tokio::spawn(keeper.run());
    let mut seen = Vec::new();
    while seen.len() < 3 {
        changes.changed().await.unwrap();
        let credentials = store.credentials(Duration::ZERO).await.unwrap();
        let id = credentials.access_key_id.to_string();
        if seen.last() != Some(&id) {
            seen.push(id);
        }
    }
    running.abort();
    // The failure in between left the second key in use.
    assert_eq!(seen, [key(0), key(1), key(3)]);
    let told = told.lock().unwrap();
    let last = told.last().unwrap();
    assert_eq!(last.owner.principal.as_str(), "arn:aws:sts::123456789012:assumed-role/own/task");
    assert_eq!(last.owner.user_id.as_deref(), Some("AROA:task"));
    assert_eq!(last.role.as_ref().unwrap().as_str(), "arn:aws:iam::123456789012:role/path/own");
    let ids: Vec<String> = told[1].in_use.iter().map(|kept| kept.access_key_id.to_string()).collect();
    assert_eq!(ids, [key(1), key(0)]);
    assert!(sts.asked().len() <= 3, "asked once for each key");
    assert!(!format!("{told:?} {store:?}").contains("secret-1"));
}

#[tokio::test]
async fn who_waits_for_the_first_credentials_waits_no_longer_than_told() {
    let store = Store::default();
    let error = store.credentials(Duration::from_millis(10)).await.unwrap_err();
    assert!(error.to_string().contains("their source has not answered yet"), "{error}");
}

#[tokio::test]
async fn without_sts_the_credentials_are_used_all_the_same() {
    let container = Server::start(|_| (200, DOCUMENT.into()));
    let url = container.url("/");
    let variables =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()), ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")];
    let store = Arc::new(Store::default());
    let keeper = Keeper::new(Chain::new(settings(&variables)), Arc::clone(&store), |_| panic!("nobody is known"));
    let running = tokio::spawn(keeper.run());
    let credentials = store.credentials(Duration::from_secs(10)).await.unwrap();
    assert_eq!(told(&credentials).0, "ASIAIOSFODNN7EXAMPLE");
    running.abort();
}
