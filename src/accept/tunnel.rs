//! Bytes of other hosts, passed through untouched once it is sure that they are for another host.

use std::{
    io,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

use super::{Authority, ClientHello, Host, Refusal, Router};

/// How many bytes went each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// From the client.
    pub bytes_in: u64,
    /// To the client.
    pub bytes_out: u64,
}

/// Resolves a target once, checks each address, and connects to the first that answers: what was checked is what is
/// dialled.
///
/// # Errors
/// The refusal: not allowed, not found, not connected.
pub async fn dial(router: &Router, target: &Authority) -> Result<TcpStream, Refusal> {
    let limit = router.tunnel().connect;
    let deadline = Instant::now() + limit;
    // Right after the start the endpoints' own addresses may not be known yet.
    timeout(limit, router.endpoints().settled()).await.map_err(|_| Refusal::ConnectTimeout)?;
    let addresses: Vec<SocketAddr> = match &target.host {
        Host::Address(address) => vec![SocketAddr::new(*address, target.port)],
        Host::Name(name) if !router.overridden(name, target.port).is_empty() => router.overridden(name, target.port),
        Host::Name(name) => {
            let found = timeout(limit, tokio::net::lookup_host((name.as_str(), target.port)))
                .await
                .map_err(|_| Refusal::ConnectTimeout)?;
            found.map_err(|error| Refusal::NotFound(error.to_string()))?.collect()
        }
    };
    // One refused address refuses the name: a name that also points inside is an attempt to get inside.
    for address in &addresses {
        router.check_resolved(target, address.ip())?;
    }
    let mut last = Refusal::NotFound("the name has no address".into());
    for address in addresses {
        match tokio::time::timeout_at(deadline, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without it a small write waits for the peer's delayed acknowledgement.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => last = Refusal::ConnectFailed(error.to_string()),
            Err(_) => return Err(Refusal::ConnectTimeout),
        }
    }
    Err(last)
}

/// Carries bytes both ways until both sides have closed, one fails, or nothing has moved for the idle time.
///
/// The client's bytes are held until a whole ClientHello has come and its server name has been checked; a first byte
/// that is not TLS lets them go. While nothing comes for the peek time, the server's bytes flow (some protocols let the
/// server speak first) and the client's stay held.
///
/// # Errors
/// The refusal, where the ClientHello names the RDS API or cannot be read. Nothing of it was sent then.
pub async fn carry<C, S>(
    router: &Router,
    client: &mut C,
    early: BytesMut,
    server: &mut S,
    traffic: &mut Traffic,
) -> Result<(), Refusal>
where
    C: AsyncRead + AsyncWrite + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut held = early;
    let patience = Instant::now() + router.tunnel().peek;
    loop {
        match ClientHello::read(&held) {
            ClientHello::NotTls => break,
            ClientHello::Complete { server_name } => {
                if let Some(name) = server_name {
                    router.check_server_name(&name)?;
                }
                break;
            }
            ClientHello::Malformed => return Err(Refusal::ClientHello),
            ClientHello::Incomplete => {}
        }
        if Instant::now() < patience {
            let read = tokio::time::timeout_at(patience, client.read_buf(&mut held)).await;
            if matches!(read, Ok(Ok(0) | Err(_))) {
                return Ok(());
            }
        } else if !wait_and_pass_server_bytes(router, client, &mut held, server, traffic).await {
            return Ok(());
        }
    }
    traffic.bytes_in += held.len() as u64;
    if server.write_all(&held).await.is_err() || server.flush().await.is_err() {
        return Ok(());
    }
    drop(held);
    let _ = copy_both(client, server, traffic, router.tunnel().idle).await;
    Ok(())
}

/// One step of waiting for the client while the server may speak. False when the tunnel is over.
async fn wait_and_pass_server_bytes<C, S>(
    router: &Router,
    client: &mut C,
    held: &mut BytesMut,
    server: &mut S,
    traffic: &mut Traffic,
) -> bool
where
    C: AsyncRead + AsyncWrite + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = [0u8; 4096];
    tokio::select! {
        read = client.read_buf(held) => read.is_ok_and(|n| n > 0),
        read = server.read(&mut buffer) => match read {
            Ok(n) if n > 0 => {
                traffic.bytes_out += n as u64;
                client.write_all(buffer.get(..n).unwrap_or_default()).await.is_ok() && client.flush().await.is_ok()
            }
            Ok(_) | Err(_) => false,
        },
        () = tokio::time::sleep(router.tunnel().idle) => false,
    }
}

/// Copies both ways with half-close; ends when both directions have ended or nothing has moved for `idle`.
async fn copy_both<C, S>(client: &mut C, server: &mut S, traffic: &mut Traffic, idle: Duration) -> io::Result<()>
where
    C: AsyncRead + AsyncWrite + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut client_read, mut client_write) = tokio::io::split(client);
    let (mut server_read, mut server_write) = tokio::io::split(server);
    let last = Mutex::new(Instant::now());
    let mut up = 0;
    let mut down = 0;
    let both = async {
        tokio::try_join!(
            copy_one(&mut client_read, &mut server_write, &mut up, &last),
            copy_one(&mut server_read, &mut client_write, &mut down, &last),
        )
    };
    let silence = async {
        loop {
            let due = *lock(&last) + idle;
            if due <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(due).await;
        }
    };
    let ended = tokio::select! {
        ended = both => ended.map(|_| ()),
        () = silence => Err(io::ErrorKind::TimedOut.into()),
    };
    traffic.bytes_in += up;
    traffic.bytes_out += down;
    ended
}

async fn copy_one<R, W>(from: &mut R, to: &mut W, count: &mut u64, last: &Mutex<Instant>) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = BytesMut::with_capacity(16 * 1024);
    loop {
        buffer.clear();
        let read = from.read_buf(&mut buffer).await?;
        *lock(last) = Instant::now();
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer).await?;
        to.flush().await?;
        *count += read as u64;
        *lock(last) = Instant::now();
    }
}

fn lock(last: &Mutex<Instant>) -> MutexGuard<'_, Instant> {
    last.lock().unwrap_or_else(PoisonError::into_inner)
}
