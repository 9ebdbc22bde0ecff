//! Clients without a runtime, for tests that examine one connection closely.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use rustls::pki_types::ServerName;

use super::{
    guard::Guard,
    stage::{HOST, exchange, trusting},
};

/// Makes one call on a new connection.
pub(crate) fn call(guard: &Guard, bytes: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(exchange(guard, bytes.as_bytes()))
}

pub(crate) fn dial(proxy: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(proxy).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// A connection after its CONNECT was answered.
pub(crate) fn connected(proxy: SocketAddr) -> TcpStream {
    let mut stream = dial(proxy);
    write!(stream, "CONNECT {HOST}:443 HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = [0; b"HTTP/1.1 200 Connection established\r\n\r\n".len()];
    stream.read_exact(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 "));
    stream
}

/// A connection after its handshake.
pub(crate) fn intercepted(guard: &Guard) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    let name = ServerName::try_from(HOST).unwrap();
    let session = rustls::ClientConnection::new(trusting(guard).into(), name).unwrap();
    rustls::StreamOwned::new(session, connected(guard.proxy))
}

pub(crate) fn rest(mut stream: impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}
