//! A request to the proxy listener in absolute form: whatever it is, what is sent on is one request that a strict reader
//! takes, for the host that was judged, and carries nothing that belongs to the client's connection.
#![no_main]

use std::time::Duration;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use rds_guard::{
    accept::{
        connect::{self, Asked},
        tunnel::Traffic,
    },
    http1::{Head, Request, head_end},
};
use tokio::{
    io::{AsyncReadExt as _, duplex},
    runtime::Builder,
};

fuzz_target!(|bytes: &[u8]| {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let mut reader = bytes;
        let Ok(Some(Asked::Plain(request))) = connect::read(&mut reader).await else { return };
        let authority = request.authority.clone();
        let (mut client, _client_end) = duplex(64);
        let (mut server, mut heard) = duplex(256 * 1024);
        let mut traffic = Traffic::default();
        // The server says nothing, so the exchange ends with the idle time.
        let _ = request.exchange(&mut client, &mut server, Duration::from_secs(1), &mut traffic).await;
        drop(server);
        let mut sent = Vec::new();
        heard.read_to_end(&mut sent).await.expect("memory");
        assert_eq!(traffic.bytes_in, sent.len() as u64);
        let end = head_end(&sent, 0).expect("a head").expect("a whole head");
        let head = Head::parse(Bytes::copy_from_slice(&sent[..end])).expect("a strict head");
        assert!(head.target().starts_with('/'), "{}", head.target());
        let hosts: Vec<&[u8]> = head.values("host").collect();
        let expected = authority.to_string();
        let without_port = authority.host.to_string();
        assert!(hosts == [expected.as_bytes()] || (authority.port == 80 && hosts == [without_port.as_bytes()]));
        assert_eq!(head.values("connection").collect::<Vec<_>>(), [b"close"]);
        assert!(head.headers().all(|header| header.is("connection") || !Request::is_hop_by_hop(header.name)));
        assert!(head.value("upgrade").is_none());
        // A body is as long as the head says, or less where the client sent less.
        if let Some(length) = head.content_length() {
            assert!((sent.len() - end) as u64 <= length);
        } else if head.value("transfer-encoding").is_none() {
            assert_eq!(sent.len(), end);
        }
    });
});
