//! Many bytes through a tunnel, at the kernel's pace.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    time::Instant,
};

use super::{World, connect};
use crate::support::stage::{ALLOW_READS, Stage};

/// The number of MiB to transfer; for the full 1,024: `RDS_GUARD_TEST_BULK=1024 cargo test --release --test it bulk
/// -- --nocapture`.
fn mebibytes() -> u64 {
    std::env::var("RDS_GUARD_TEST_BULK").ok().and_then(|text| text.parse().ok()).unwrap_or(64)
}

/// Requests zeros; returns their number and the duration in seconds.
fn take_zeros(mut stream: TcpStream, wanted: u64) -> (u64, f64) {
    let began = Instant::now();
    stream.write_all(&wanted.to_be_bytes()).unwrap();
    let mut buffer = vec![0; 256 * 1024];
    let mut taken = 0;
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => return (taken, began.elapsed().as_secs_f64()),
            n => taken += n as u64,
        }
    }
}

#[test]
fn a_large_transfer_passes_whole_and_is_counted() {
    let world = World::start();
    let wanted = mebibytes() << 20;
    let mut straight = TcpStream::connect(world.address).unwrap();
    straight.write_all(b"CONNECT zeros.example:443 HTTP/1.1\r\n\r\n").unwrap();
    straight.read_exact(&mut [0; b"HTTP/1.1 200 OK\r\n\r\n".len()]).unwrap();
    let (taken, straight) = take_zeros(straight, wanted);
    assert_eq!(taken, wanted);

    let stage = Stage::set(ALLOW_READS, &[&world.variable("")]);
    let (stream, answer) = connect(stage.guard.proxy, "zeros.example:443");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let (taken, through) = take_zeros(stream, wanted);
    assert_eq!(taken, wanted);
    let rate = |seconds: f64| mebibytes() as f64 / seconds;
    println!("{} MiB: {:.0} MiB/s straight, {:.0} MiB/s through", mebibytes(), rate(straight), rate(through));

    let (mut stream, _) = connect(stage.guard.proxy, "silent.example:443");
    let sent = io::copy(&mut io::repeat(1).take(wanted), &mut stream).unwrap();
    drop(stream);
    stage.guard.until_metric("rds_guard_connections", |open| open == 0);
    let records = stage.guard.into_records();
    let down = (records[0]["bytes_in"].as_u64(), records[0]["bytes_out"].as_u64());
    assert_eq!(down, (Some(8), Some(wanted)));
    assert_eq!(records[1]["bytes_in"].as_u64(), Some(sent));
}
