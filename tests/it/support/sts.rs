//! STS in plain HTTP, which says the same to everybody.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

/// A running STS; it lives as long as the tests.
pub(crate) struct Sts {
    pub(crate) address: SocketAddr,
}

impl Sts {
    /// Answers every request with this XML.
    pub(crate) fn start(xml: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let xml = xml.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, xml) = (stream.unwrap(), xml.clone());
                thread::spawn(move || answer(stream, &xml));
            }
        });
        Self { address }
    }
}

/// Reads whatever comes as one request, and answers it.
fn answer(mut stream: TcpStream, xml: &str) {
    let mut bytes = [0; 8192];
    while stream.read(&mut bytes).is_ok_and(|n| n > 0) {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n", xml.len());
        drop(stream.write_all((head + xml).as_bytes()));
    }
}
