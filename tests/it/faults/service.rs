//! An endpoint with scripted faults at any step of a connection.
#![allow(clippy::wildcard_enum_match_arm, reason = "each step of a connection knows its own faults only")]

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, listen, socket_with,
    sockopt::{set_socket_linger, set_socket_recv_buffer_size, set_socket_reuseaddr},
};
use rustls::{ServerConnection, StreamOwned};

use super::certificates::{Certificates, Shown};

/// The correct answer.
const BODY: &str = "<Response><Done>true</Done></Response>";

/// The fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No fault.
    None,
    /// The connection is reset as soon as it is established.
    ResetOnConnect,
    /// It is closed as soon as it is established.
    CloseOnConnect,
    /// No byte of TLS is sent.
    HangInHandshake,
    /// The bytes sent are not TLS.
    GarbageInHandshake,
    /// The handshake is refused.
    AlertInHandshake,
    /// The connection ends after half a record of the handshake.
    CutInHandshake,
    /// This certificate is presented.
    Shows(Shown),
    /// The request is read, then the connection is closed.
    CloseInsteadOfAnswer,
    /// The request is read, then the connection is reset.
    ResetInsteadOfAnswer,
    /// Nothing of the request is read, and the connection is reset.
    ResetOnRequest,
    /// No answer is sent.
    HangInsteadOfAnswer,
    /// These bytes are sent instead of an answer, then the connection is closed.
    Says(&'static [u8]),
    /// These bytes are sent instead of an answer, then the connection is reset.
    SaysAndResets(&'static [u8]),
    /// These bytes are sent, then nothing more.
    SaysAndHangs(&'static [u8]),
    /// An answer whose head never ends.
    EndlessHead,
    /// The answer is sent after this many milliseconds.
    Late(u64),
    /// The answer is sent byte by byte.
    Dribbles,
    /// A thousand interim answers before the answer.
    ManyInterim,
    /// 413 while the request is still being sent, and nothing of its body is read.
    EarlyRefusal,
    /// Nothing of a request's body is read, and nothing is sent.
    StopsReading,
    /// After the answer, the connection is closed without notice.
    CloseAfterAnswer,
    /// After the answer, it is reset.
    ResetAfterAnswer,
    /// An unsolicited second answer follows the first.
    SecondAnswer,
    /// A kept connection is closed just as the next request arrives on it.
    CloseOnReuse,
    /// A kept connection never answers a second request.
    HangOnReuse,
}

#[derive(Debug)]
struct State {
    fault: Fault,
    /// Whole requests by action.
    requests: BTreeMap<String, u64>,
    open: Vec<Weak<TcpStream>>,
}

/// A running endpoint on one address.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    certificates: Arc<Certificates>,
    state: Arc<Mutex<State>>,
    stopped: Arc<AtomicBool>,
}

impl Service {
    pub(crate) fn start(address: SocketAddr, certificates: &Arc<Certificates>) -> Self {
        let state = State { fault: Fault::None, requests: BTreeMap::new(), open: Vec::new() };
        let mut service = Self {
            address,
            certificates: Arc::clone(certificates),
            state: Arc::new(Mutex::new(state)),
            stopped: Arc::default(),
        };
        service.listen();
        service
    }

    /// Sets the current fault.
    pub(crate) fn set(&self, fault: Fault) {
        self.state.lock().unwrap().fault = fault;
    }

    /// The number of complete requests for an action.
    pub(crate) fn count(&self, action: &str) -> u64 {
        self.state.lock().unwrap().requests.get(action).copied().unwrap_or(0)
    }

    /// Ends all connections.
    pub(crate) fn cut(&self) {
        for stream in self.state.lock().unwrap().open.drain(..).filter_map(|stream| stream.upgrade()) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Refuses connections, and closes the existing ones.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        // The listener notices it at the next connection.
        let _ = TcpStream::connect(self.address);
        while TcpStream::connect(self.address).is_ok() {}
        self.cut();
    }

    /// Accepts connections again, if it was stopped.
    pub(crate) fn listen_again(&mut self) {
        if self.stopped.load(Ordering::SeqCst) {
            self.listen();
        }
    }

    fn listen(&mut self) {
        let made = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        set_socket_reuseaddr(&made, true).unwrap();
        // Small, so that a large request meets a full window soon.
        set_socket_recv_buffer_size(&made, 8 * 1024).unwrap();
        // The old listener may still be going.
        while bind(&made, &self.address).is_err() {
            thread::sleep(Duration::from_millis(5));
        }
        listen(&made, 128).unwrap();
        let listener = TcpListener::from(made);
        self.address = listener.local_addr().unwrap();
        self.stopped = Arc::default();
        let (stopped, state, certificates) =
            (Arc::clone(&self.stopped), Arc::clone(&self.state), Arc::clone(&self.certificates));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let _ = stream.set_nodelay(true);
                let mut locked = state.lock().unwrap();
                let stream = Arc::new(stream);
                locked.open.retain(|stream| stream.strong_count() > 0);
                locked.open.push(Arc::downgrade(&stream));
                drop(locked);
                let (state, certificates) = (Arc::clone(&state), Arc::clone(&certificates));
                thread::spawn(move || drop(serve(Socket(stream), &state, &certificates)));
            }
        });
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A connection that others can end, and that ends with its own thread.
struct Socket(Arc<TcpStream>);

impl io::Read for Socket {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(space)
    }
}

impl io::Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Tls = StreamOwned<ServerConnection, Socket>;

/// Lets the end of the connection be a reset.
fn reset(stream: &Socket) {
    let _ = set_socket_linger(&*stream.0, Some(Duration::ZERO));
}

fn serve(mut stream: Socket, state: &Mutex<State>, certificates: &Certificates) -> io::Result<()> {
    let fault = || state.lock().unwrap().fault;
    let mut space = [0; 4096];
    match fault() {
        Fault::ResetOnConnect => {
            reset(&stream);
            return Ok(());
        }
        Fault::CloseOnConnect => return Ok(()),
        Fault::HangInHandshake => {
            while stream.read(&mut space)? > 0 {}
            return Ok(());
        }
        Fault::GarbageInHandshake => {
            let _ = stream.read(&mut space)?;
            return stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
        Fault::AlertInHandshake => {
            let _ = stream.read(&mut space)?;
            return stream.write_all(&[21, 3, 3, 0, 2, 2, 40]);
        }
        Fault::CutInHandshake => {
            let _ = stream.read(&mut space)?;
            return stream.write_all(&[22, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3]);
        }
        _ => {}
    }
    let shown = match fault() {
        Fault::Shows(shown) => shown,
        _ => Shown::Endpoint,
    };
    let connection = ServerConnection::new(certificates.config(shown)).map_err(io::Error::other)?;
    let mut tls = StreamOwned::new(connection, stream);
    let mut first = true;
    loop {
        let mut read = Vec::new();
        while !read.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if tls.read(&mut byte)? == 0 {
                return Ok(());
            }
            if !first && fault() == Fault::CloseOnReuse {
                return Ok(());
            }
            if fault() == Fault::ResetOnRequest {
                reset(&tls.sock);
                return Ok(());
            }
            read.push(byte[0]);
        }
        let head = std::str::from_utf8(&read).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).map_or("0", str::trim);
        match fault() {
            Fault::EarlyRefusal => {
                answer(&mut tls, "413 Payload Too Large", "Connection: close\r\n")?;
                // Reading nothing on: the proxy must not wait until all has been taken.
                return wait_for_end(&tls.sock);
            }
            Fault::StopsReading => return wait_for_end(&tls.sock),
            _ => {}
        }
        let mut body = vec![0; length.parse().unwrap()];
        tls.read_exact(&mut body)?;
        let body = String::from_utf8(body).unwrap();
        let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or("none");
        *state.lock().unwrap().requests.entry(action.to_owned()).or_default() += 1;
        if !reply(&mut tls, fault(), first)? {
            return Ok(());
        }
        first = false;
    }
}

/// Waits until the other end is gone, without reading.
fn wait_for_end(stream: &Socket) -> io::Result<()> {
    while stream.0.take_error()?.is_none() && stream.0.peer_addr().is_ok() {
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn answer(tls: &mut Tls, status: &str, headers: &str) -> io::Result<()> {
    let length = BODY.len();
    write!(tls, "HTTP/1.1 {status}\r\nContent-Type: text/xml\r\n{headers}Content-Length: {length}\r\n\r\n{BODY}")?;
    tls.flush()
}

/// Answers a request, or fails to. False where the connection is over.
fn reply(tls: &mut Tls, fault: Fault, first: bool) -> io::Result<bool> {
    let mut say = |bytes: &[u8]| {
        tls.write_all(bytes)?;
        tls.flush()
    };
    match fault {
        Fault::CloseInsteadOfAnswer => return Ok(false),
        Fault::ResetInsteadOfAnswer => {
            reset(&tls.sock);
            return Ok(false);
        }
        Fault::HangInsteadOfAnswer => return wait_for_end(&tls.sock).map(|()| false),
        Fault::HangOnReuse if !first => return wait_for_end(&tls.sock).map(|()| false),
        Fault::Says(bytes) => {
            say(bytes)?;
            tls.conn.send_close_notify();
            tls.flush()?;
            return Ok(false);
        }
        Fault::SaysAndResets(bytes) => {
            say(bytes)?;
            thread::sleep(Duration::from_millis(100));
            reset(&tls.sock);
            return Ok(false);
        }
        Fault::SaysAndHangs(bytes) => {
            say(bytes)?;
            return wait_for_end(&tls.sock).map(|()| false);
        }
        Fault::EndlessHead => {
            say(b"HTTP/1.1 200 OK\r\n")?;
            while say(&[b'x'; 1000]).is_ok() {
                say(b": y\r\n")?;
            }
            return Ok(false);
        }
        Fault::Late(milliseconds) => thread::sleep(Duration::from_millis(milliseconds)),
        Fault::Dribbles => {
            let length = BODY.len();
            let whole = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{BODY}");
            for byte in whole.as_bytes() {
                say(&[*byte])?;
            }
            return Ok(true);
        }
        Fault::ManyInterim => {
            for _ in 0..1000 {
                say(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
        }
        _ => {}
    }
    answer(tls, "200 OK", "")?;
    match fault {
        Fault::CloseAfterAnswer => Ok(false),
        Fault::ResetAfterAnswer => {
            thread::sleep(Duration::from_millis(50));
            reset(&tls.sock);
            Ok(false)
        }
        Fault::SecondAnswer => {
            tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen")?;
            tls.flush()?;
            Ok(true)
        }
        _ => Ok(true),
    }
}
