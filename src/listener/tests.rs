//! Which connections keep a place when there are too few places.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::oneshot::{Receiver, error::TryRecvError};

use super::{Client, Place, Places};

type Held = (Place, Receiver<()>);

const HOG: Client = Client::User(1);
const OTHER: Client = Client::User(2);

fn is_open((_, closed): &mut Held) -> bool {
    closed.try_recv() == Err(TryRecvError::Empty)
}

#[test]
fn whoever_arrives_has_a_place_and_the_one_with_the_most_loses_its_oldest() {
    let places = Arc::new(Places::new(8, 1000));
    let mut other: Vec<Held> = (0..2).map(|_| places.take(OTHER)).collect();
    let mut hog: Vec<Held> = (0..1000).map(|_| places.take(HOG)).collect();
    assert!(other.iter_mut().all(is_open), "of another nothing is closed");
    let open: Vec<usize> = hog.iter_mut().enumerate().filter_map(|(n, held)| is_open(held).then_some(n)).collect();
    assert_eq!(open, [994, 995, 996, 997, 998, 999], "the newest stay");
    drop(hog);
    let mut more: Vec<Held> = (0..6).map(|_| places.take(OTHER)).collect();
    assert!(other.iter_mut().chain(&mut more).all(is_open), "what has ended leaves its place");
}

#[test]
fn a_request_that_is_being_answered_outlives_silent_connections_of_the_same_client() {
    let places = Arc::new(Places::new(4, 1000));
    let mut asked = places.take(HOG);
    asked.0.answering();
    let silent: Vec<Held> = (0..100).map(|_| places.take(HOG)).collect();
    assert!(is_open(&mut asked));
    silent.iter().for_each(|(place, _)| place.answering());
    let mut late: Vec<Held> = Vec::new();
    for _ in 0..4 {
        late.push(places.take(HOG));
        late.iter().for_each(|(place, _)| place.answering());
    }
    assert!(!is_open(&mut asked), "where all are being answered the oldest gives way");
    assert!(late.iter_mut().all(is_open));
    // A connection of a client with few outlives them in any state.
    let mut rare = places.take(OTHER);
    let _many: Vec<Held> = (0..100).map(|_| places.take(HOG)).collect();
    assert!(is_open(&mut rare));
}

#[test]
fn a_connection_that_was_asked_for_more_outlives_silent_ones_until_its_reply_is_late() {
    let places = Arc::new(Places::new(4, 1000));
    let (mut prompt, mut late, mut answered) = (places.take(HOG), places.take(HOG), places.take(HOG));
    prompt.0.asked(Instant::now() + Duration::from_secs(3600));
    late.0.asked(Instant::now());
    answered.0.answering();
    let _silent: Vec<Held> = (0..100).map(|_| places.take(HOG)).collect();
    assert!(is_open(&mut prompt) && is_open(&mut answered));
    assert!(!is_open(&mut late), "as if it had not been asked");
    // Challenged connections are closed before those that are being answered, the oldest first.
    let mut asked: Vec<Held> = Vec::new();
    for _ in 0..4 {
        asked.push(places.take(HOG));
        asked.iter().for_each(|(place, _)| place.asked(Instant::now() + Duration::from_secs(3600)));
    }
    assert!(!is_open(&mut prompt) && is_open(&mut answered));
    assert_eq!(asked.iter_mut().map(is_open).collect::<Vec<_>>(), [false, true, true, true]);
}

#[test]
fn answers_that_are_not_read_give_way_to_newer_ones_and_are_bounded_together() {
    let places = Arc::new(Places::new(64, 1000));
    let mut slow: Vec<Held> = (0..30).map(|_| places.take(HOG)).collect();
    for (place, _) in &slow {
        place.answering();
        place.unread(100);
    }
    let open = slow.iter_mut().filter_map(|held| is_open(held).then_some(())).count();
    assert_eq!(open, 10);
    let mut large = places.take(OTHER);
    large.0.answering();
    large.0.unread(5000);
    assert!(is_open(&mut large), "one answer may be larger than that, alone");
    assert_eq!(slow.iter_mut().filter_map(|held| is_open(held).then_some(())).count(), 0);
}

#[test]
fn a_client_of_this_host_is_known_by_its_user_and_others_by_their_network() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (accepted, peer) = listener.accept().unwrap();
    let own = rustix::process::getuid().as_raw();
    let found = Client::of(peer, accepted.local_addr().unwrap());
    assert!(matches!(found, Client::User(uid) if uid == own) || matches!(found, Client::Address(_)), "{found:?}");
    drop(stream);
    let of = |client: &str| Client::of(client.parse().unwrap(), "10.0.0.1:9902".parse::<SocketAddr>().unwrap());
    assert_eq!(of("10.0.0.2:1"), of("10.0.0.2:2"));
    assert_eq!(of("[::ffff:10.0.0.2]:1"), of("10.0.0.2:2"));
    assert_ne!(of("10.0.0.2:1"), of("10.0.0.3:1"));
    assert_eq!(of("[2001:db8::1]:1"), of("[2001:db8::2]:1"));
    assert_ne!(of("[2001:db8::1]:1"), of("[2001:db8:0:1::1]:1"));
}
