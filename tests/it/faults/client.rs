//! A blocking client that signs, and reports how an answer ended.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::Duration,
};

use rds_guard::sandbox::{Call, Key, Placement, SecretAccessKey};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use time::OffsetDateTime;

use crate::support::stage::HOST;

/// How long the client waits for the next bytes: longer than any limit of the proxy.
const PATIENCE: Duration = Duration::from_secs(30);

/// The key of the AWS documentation.
pub(crate) fn key() -> Key {
    Key {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
        secret_access_key: SecretAccessKey::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        session_token: None,
        account: "123456789012".parse().unwrap(),
    }
}

/// A signed call for a host as bytes.
pub(crate) fn signed(host: &str, region: &str, action: &str, parameters: &[(&str, &str)]) -> Vec<u8> {
    let call = Call {
        host: host.into(),
        region: region.into(),
        action: action.into(),
        parameters: parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
    };
    let request = call.sign(&key(), Placement::Header, OffsetDateTime::now_utc()).unwrap().request;
    let mut text = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri().path());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    if !request.headers().contains_key("content-length") {
        text.push_str(&format!("content-length: {}\r\n", request.body().len()));
    }
    text.push_str("\r\n");
    [text.as_bytes(), request.body()].concat()
}

/// An answer as the client received it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// 0 if there was none.
    pub(crate) status: u16,
    /// The `Code` of an error document.
    pub(crate) code: Option<String>,
    /// Whether everything that was announced arrived.
    pub(crate) whole: bool,
    /// Whether the connection is kept open.
    pub(crate) kept: bool,
    /// The id of the call, the proxy's or the service's.
    pub(crate) request_id: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// A TLS connection through the proxy.
pub(crate) struct Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
}

/// TLS settings that trust a bundle.
pub(crate) fn trust(bundle: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(bundle).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

impl Client {
    pub(crate) fn connect(proxy: SocketAddr, host: &str, tls: &Arc<ClientConfig>) -> io::Result<Self> {
        Self::handshake(tunnel(proxy, host)?, host, tls)
    }

    /// The TLS inside of a tunnel.
    pub(crate) fn handshake(tcp: TcpStream, host: &str, tls: &Arc<ClientConfig>) -> io::Result<Self> {
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let connection = ClientConnection::new(Arc::clone(tls), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, tcp);
        stream.conn.complete_io(&mut stream.sock)?;
        Ok(Self { stream })
    }

    /// Sends a request and reads the answer, as far as it arrives.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> io::Result<Reply> {
        self.stream.write_all(request)?;
        self.stream.flush()?;
        self.answer()
    }

    /// Reads an answer, as far as it arrives.
    pub(crate) fn answer(&mut self) -> io::Result<Reply> {
        let mut read = Vec::new();
        let head_end = loop {
            if let Some(at) = memchr::memmem::find(&read, b"\r\n\r\n") {
                break at + 4;
            }
            if !self.more(&mut read)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let head = std::str::from_utf8(&read[..head_end]).unwrap().to_ascii_lowercase();
        let header = |name: &str| {
            head.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_owned()))
        };
        let mut reply = Reply {
            status: head[9..12].parse().unwrap(),
            kept: header("connection").as_deref() != Some("close"),
            request_id: header("x-amzn-requestid"),
            body: read.split_off(head_end),
            ..Reply::default()
        };
        let chunked = header("transfer-encoding").is_some();
        let length: Option<usize> = header("content-length").map(|length| length.parse().unwrap());
        reply.whole = loop {
            match length {
                _ if chunked && reply.body.ends_with(b"0\r\n\r\n") => break true,
                Some(length) if reply.body.len() >= length => break true,
                _ => {}
            }
            match self.more(&mut reply.body) {
                Ok(true) => {}
                // Without an announced length, the TLS close_notify is the end of the answer.
                Ok(false) => break length.is_none() && !chunked,
                Err(_) => break false,
            }
        };
        let text = std::str::from_utf8(&reply.body).unwrap_or_default();
        reply.code = text.split_once("<Code>").and_then(|(_, rest)| Some(rest.split_once("</Code>")?.0.to_owned()));
        Ok(reply)
    }

    fn more(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
        let mut space = [0; 16 * 1024];
        let length = self.stream.read(&mut space)?;
        into.extend_from_slice(&space[..length]);
        Ok(length > 0)
    }
}

/// A connection for a host, by CONNECT.
pub(crate) fn tunnel(proxy: SocketAddr, host: &str) -> io::Result<TcpStream> {
    let mut tcp = TcpStream::connect(proxy)?;
    tcp.set_nodelay(true)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    tcp.set_write_timeout(Some(PATIENCE))?;
    write!(tcp, "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n")?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        tcp.read_exact(&mut byte)?;
        answer.push(byte[0]);
    }
    if answer.starts_with(b"HTTP/1.1 200") {
        Ok(tcp)
    } else {
        Err(io::Error::other(String::from_utf8(answer).unwrap()))
    }
}

/// One call on a connection of its own.
pub(crate) fn call(proxy: SocketAddr, tls: &Arc<ClientConfig>, request: &[u8]) -> io::Result<Reply> {
    Client::connect(proxy, HOST, tls)?.exchange(request)
}
