//! A TCP connection to an endpoint that counts the written bytes which the kernel has accepted.

use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use rustix::net::sockopt;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// How long a connection may be idle before keep-alive probes are sent.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// The minimum time after which unacknowledged bytes mean that the peer is gone: three retransmissions.
const LEAST_PATIENCE: Duration = Duration::from_secs(2);

/// A TCP connection. As long as [`taken`](Self::taken) does not change, nothing has been sent.
#[derive(Debug)]
pub(super) struct Wire {
    tcp: TcpStream,
    taken: u64,
}

impl Wire {
    /// Connects. A connection whose bytes are not acknowledged for `patience`, or for two seconds if that is
    /// longer, is broken: a failed availability zone does not answer at all, and otherwise its connections would
    /// wait for an answer for a minute.
    ///
    /// # Errors
    /// The kernel's error.
    pub(super) async fn connect(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        let tcp = TcpStream::connect(address).await?;
        // Without this, a request that takes two segments waits for a delayed acknowledgement.
        tcp.set_nodelay(true)?;
        let patience = patience.max(LEAST_PATIENCE).as_millis();
        sockopt::set_tcp_user_timeout(&tcp, u32::try_from(patience).unwrap_or(u32::MAX))?;
        sockopt::set_tcp_keepidle(&tcp, KEEPALIVE)?;
        sockopt::set_tcp_keepintvl(&tcp, Duration::from_secs(1))?;
        sockopt::set_socket_keepalive(&tcp, true)?;
        Ok(Self { tcp, taken: 0 })
    }

    /// Wraps a connection that was made through a proxy.
    pub(super) fn over(tcp: TcpStream) -> Self {
        Self { tcp, taken: 0 }
    }

    /// The number of bytes that the kernel has accepted so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.tcp).poll_write(cx, bytes))?;
        self.taken += written as u64;
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.tcp).poll_write_vectored(cx, slices))?;
        self.taken += written as u64;
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
