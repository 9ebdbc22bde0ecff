//! Bytes for other hosts, passed through unchanged once it is certain that they are for another host.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout, timeout_at},
};

use super::{ClientHello, Refusal, Router};

/// The number of bytes in each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// From the client.
    pub bytes_in: u64,
    /// To the client.
    pub bytes_out: u64,
}

/// How a client's connection begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstBytes {
    /// TLS, for the server that its ClientHello names, if it names one.
    Tls {
        /// The (outer) server name as sent.
        server_name: Option<String>,
    },
    /// A protocol other than TLS.
    NotTls,
    /// Nothing within the peek time.
    Silence,
    /// The client has closed the connection.
    Closed,
}

/// Reads a client's first bytes until they identify its protocol, for at most the peek time.
///
/// # Errors
/// [`Refusal::ClientHello`] if the ClientHello cannot be read or is not complete in time.
pub async fn first_bytes<C>(router: &Router, client: &mut C, held: &mut BytesMut) -> Result<FirstBytes, Refusal>
where
    C: AsyncRead + Unpin,
{
    let patience = Instant::now() + router.tunnel().peek;
    loop {
        match ClientHello::read(held) {
            ClientHello::NotTls => return Ok(FirstBytes::NotTls),
            ClientHello::Complete { server_name } => return Ok(FirstBytes::Tls { server_name }),
            ClientHello::Malformed => return Err(Refusal::ClientHello),
            ClientHello::Incomplete => {}
        }
        match timeout_at(patience, client.read_buf(held)).await {
            Ok(Ok(n)) if n > 0 => {}
            Ok(_) => return Ok(FirstBytes::Closed),
            Err(_) if held.is_empty() => return Ok(FirstBytes::Silence),
            Err(_) => return Err(Refusal::ClientHello),
        }
    }
}

/// Copies bytes both ways until both sides have closed, one fails, or nothing has moved for the idle time.
///
/// The client's bytes are held back until a whole ClientHello has arrived and its server name has been checked; a
/// first byte that is not TLS releases them. If the client sends nothing for the peek time, the server's bytes flow
/// (in some protocols the server speaks first) and the client's are still held back.
///
/// # Errors
/// The refusal, if the ClientHello names the RDS API or cannot be read. Nothing of it has been sent in that case.
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
            let read = timeout_at(patience, client.read_buf(&mut held)).await;
            if matches!(read, Ok(Ok(0) | Err(_))) {
                return Ok(());
            }
        } else if !wait_and_pass_server_bytes(router, client, &mut held, server, traffic).await {
            return Ok(());
        }
    }
    traffic.bytes_in += held.len() as u64;
    let pass = async {
        server.write_all(&held).await?;
        server.flush().await
    };
    if !matches!(timeout(router.tunnel().idle, pass).await, Ok(Ok(()))) {
        return Ok(());
    }
    drop(held);
    let _ = copy_both(client, server, traffic, router.tunnel().idle).await;
    Ok(())
}

/// Waits one step for the client while the server may speak. Returns false when the tunnel is over.
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
    let idle = router.tunnel().idle;
    let mut buffer = [0u8; 4096];
    tokio::select! {
        read = client.read_buf(held) => read.is_ok_and(|n| n > 0),
        read = server.read(&mut buffer) => match read {
            Ok(n) if n > 0 => {
                traffic.bytes_out += n as u64;
                let pass = async {
                    client.write_all(buffer.get(..n).unwrap_or_default()).await?;
                    client.flush().await
                };
                matches!(timeout(idle, pass).await, Ok(Ok(())))
            }
            Ok(_) | Err(_) => false,
        },
        () = tokio::time::sleep(idle) => false,
    }
}

/// Copies both ways with half-close; returns when both directions have ended or nothing has moved for `idle`.
///
/// # Errors
/// One side fails, or nothing has moved for `idle`.
pub async fn copy_both<C, S>(client: &mut C, server: &mut S, traffic: &mut Traffic, idle: Duration) -> io::Result<()>
where
    C: AsyncRead + AsyncWrite + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut client_read, mut client_write) = tokio::io::split(client);
    let (mut server_read, mut server_write) = tokio::io::split(server);
    let last = Mutex::new(Instant::now());
    let both = async {
        tokio::try_join!(
            copy_one(&mut client_read, &mut server_write, &mut traffic.bytes_in, &last),
            copy_one(&mut server_read, &mut client_write, &mut traffic.bytes_out, &last),
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
    tokio::select! {
        ended = both => ended.map(|_| ()),
        () = silence => Err(io::ErrorKind::TimedOut.into()),
    }
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
