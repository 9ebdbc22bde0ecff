//! A corporate proxy on loopback, and behind it a small world: hosts that exist only by their names.

use std::{
    io::{self, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// An upstream proxy; it lives as long as the tests.
pub(super) struct World {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    endpoint: Arc<Mutex<Option<SocketAddr>>>,
}

impl World {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, heard, endpoint) = (Arc::default(), Arc::default(), Arc::default());
        let world =
            Self { address, asked: Arc::clone(&asked), heard: Arc::clone(&heard), endpoint: Arc::clone(&endpoint) };
        thread::spawn(move || {
            for client in listener.incoming() {
                let (asked, heard, endpoint) = (Arc::clone(&asked), Arc::clone(&heard), Arc::clone(&endpoint));
                thread::spawn(move || serve(client.unwrap(), &asked, &heard, &endpoint));
            }
        });
        world
    }

    /// The variable that sends a proxy's tunnels here.
    pub(super) fn variable(&self, credentials: &str) -> String {
        format!("RDS_GUARD_UPSTREAM__PROXY=http://{credentials}{}", self.address)
    }

    /// Sets the address that the names of VPC endpoints resolve to.
    pub(super) fn set_endpoint(&self, address: SocketAddr) {
        *self.endpoint.lock().unwrap() = Some(address);
    }

    /// The heads of the CONNECTs so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// What the web server has received so far, by connection.
    pub(super) fn heard(&self) -> Vec<Vec<u8>> {
        self.heard.lock().unwrap().clone()
    }
}

fn serve(
    client: TcpStream,
    asked: &Mutex<Vec<String>>,
    heard: &Mutex<Vec<Vec<u8>>>,
    endpoint: &Mutex<Option<SocketAddr>>,
) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let head = head(&mut reader)?;
    let host = head.split([' ', ':']).nth(1).unwrap_or_default().to_owned();
    asked.lock().unwrap().push(head);
    let mut writer = client;
    match host.as_str() {
        "forbidden.example" => return writer.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n"),
        "unknown-client.example" => return writer.write_all(b"HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\n\r\n"),
        _ => writer.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?,
    }
    match host.as_str() {
        "banner.example" => {
            writer.write_all(b"220 speak\r\n")?;
            echo(&mut reader, &mut writer)
        }
        name if name.ends_with(".amazonaws.com") => {
            let server = TcpStream::connect(endpoint.lock().unwrap().unwrap())?;
            let (mut from_server, mut to_client) = (server.try_clone()?, writer);
            thread::spawn(move || io::copy(&mut from_server, &mut to_client));
            io::copy(&mut reader, &mut &server).map(drop)
        }
        "silent.example" => io::copy(&mut reader, &mut io::sink()).map(drop),
        "zeros.example" => {
            let wanted = u64::from_be_bytes(exactly(&mut reader)?);
            io::copy(&mut io::repeat(0).take(wanted), &mut writer)?;
            writer.shutdown(std::net::Shutdown::Write)
        }
        "web.example" => {
            let request = web_request(&mut reader)?;
            let answer = web_answer(&request);
            heard.lock().unwrap().push(request);
            writer.write_all(answer.as_bytes())?;
            // Anything else that arrives is remembered as well: there should be nothing.
            let mut rest = Vec::new();
            let _ = reader.read_to_end(&mut rest);
            heard.lock().unwrap().last_mut().unwrap().extend(rest);
            Ok(())
        }
        _ => echo(&mut reader, &mut writer),
    }
}

fn exactly<const N: usize>(reader: &mut impl io::Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map(|()| bytes)
}

fn echo(reader: &mut impl io::Read, writer: &mut TcpStream) -> io::Result<()> {
    io::copy(reader, writer)?;
    writer.shutdown(std::net::Shutdown::Write)
}

fn head(reader: &mut impl io::BufRead) -> io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

fn web_request(reader: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut request = head(reader)?.into_bytes();
    let text = String::from_utf8(request.clone()).unwrap().to_ascii_lowercase();
    if let Some((_, rest)) = text.split_once("content-length: ") {
        let length = rest.split("\r\n").next().unwrap().parse().unwrap();
        reader.take(length).read_to_end(&mut request)?;
    } else if text.contains("transfer-encoding: chunked") {
        while !request.ends_with(b"0\r\n\r\n") {
            request.push(exactly::<1>(reader)?[0]);
        }
    }
    Ok(request)
}

/// An answer in the form that the path names.
fn web_answer(request: &[u8]) -> &'static str {
    let request = std::str::from_utf8(request).unwrap();
    match request.split(' ').nth(1).unwrap() {
        "/chunked" => {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nKeep-Alive: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\nrest"
        }
        "/interim" => {
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello"
        }
        "/both" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
        "/switch" => "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        _ => "HTTP/1.1 200 OK\r\nX-Own: a\r\nContent-Length: 5\r\n\r\nhello",
    }
}
