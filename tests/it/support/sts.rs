//! STS, or another service that gives credentials, in plain HTTP.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

type Answer = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// A running service; it lives as long as the tests.
pub(crate) struct Sts {
    pub(crate) address: SocketAddr,
}

impl Sts {
    /// Answers every request with this XML.
    pub(crate) fn start(xml: &str) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), xml)
    }

    /// The same at an address.
    pub(crate) fn start_at(address: SocketAddr, xml: &str) -> Self {
        let xml = xml.to_owned();
        Self::answering(address, move |_| xml.clone())
    }

    /// Answers every request, as far as it has come, by a function.
    pub(crate) fn answering(address: SocketAddr, answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let answer: Answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, answer) = (stream.unwrap(), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &answer));
            }
        });
        Self { address }
    }
}

/// Reads whatever comes as one request, and answers it.
fn serve(mut stream: TcpStream, answer: &Answer) {
    let mut bytes = [0; 8192];
    while let Ok(length) = stream.read(&mut bytes)
        && length > 0
    {
        let body = answer(std::str::from_utf8(&bytes[..length]).unwrap());
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n", body.len());
        drop(stream.write_all((head + &body).as_bytes()));
    }
}
