//! The connection to a tunnel's host: which address to use, whether it may be reached, and whether to use a proxy.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

use super::{Authority, Host, OwnConnection, Refusal, Router, UpstreamProxy, hosts_file};

/// A connection to a tunnel's host.
#[derive(Debug)]
pub struct Dialled {
    /// The connection.
    pub stream: TcpStream,
    /// The peer's address: the host's, or the upstream proxy's.
    pub address: SocketAddr,
    /// Whether the peer is the upstream proxy.
    pub is_through_proxy: bool,
    _own: OwnConnection,
}

impl fmt::Display for Dialled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let through = if self.is_through_proxy { "through the upstream proxy" } else { "to" };
        write!(f, "connected {through} {}", self.address)
    }
}

/// Connects to a target: resolves it once, checks each address, and uses the first that answers, so that the
/// address that was checked is the one that is dialled. With an upstream proxy, it is the proxy that resolves the
/// name.
///
/// # Errors
/// The refusal: not allowed, not found, not connected.
pub async fn dial(router: &Router, target: &Authority) -> Result<Dialled, Refusal> {
    let known = match &target.host {
        Host::Address(address) => vec![SocketAddr::new(*address, target.port)],
        Host::Name(name) => router.overridden(name, target.port),
    };
    match &target.host {
        // `localhost` must not be sent to DNS (RFC 6761, 6.3).
        Host::Name(name) if known.is_empty() && (name == "localhost" || name.ends_with(".localhost")) => {
            Err(Refusal::Loopback { address: IpAddr::V4(Ipv4Addr::LOCALHOST) })
        }
        Host::Name(_) | Host::Address(_) => reach(router, target, known).await,
    }
}

/// Connects a redirected client to its original destination, if a tunnel for `target` may reach it.
///
/// # Errors
/// The refusal: not allowed, not connected.
pub async fn dial_original(router: &Router, target: &Authority, original: SocketAddr) -> Result<Dialled, Refusal> {
    reach(router, target, vec![original]).await
}

/// How long a connection right after the start may wait, in addition to its own limit, until the endpoints'
/// addresses are known.
const SETTLING: Duration = Duration::from_secs(1);

/// Connects to a target. If `known` is not empty, no resolver is queried.
async fn reach(router: &Router, target: &Authority, known: Vec<SocketAddr>) -> Result<Dialled, Refusal> {
    let proxy = router.upstream_proxy(target);
    // A name that an upstream proxy resolves has no address here to compare with the endpoints'.
    if proxy.is_none() || !known.is_empty() {
        let limit = router.tunnel().connect + SETTLING;
        timeout(limit, router.endpoints().settled()).await.map_err(|_| Refusal::ConnectTimeout)?;
    }
    let deadline = Instant::now() + router.tunnel().connect;
    let addresses = match &target.host {
        Host::Name(name) if known.is_empty() && proxy.is_none() => {
            timeout_at(deadline, look_up(name, target.port)).await.map_err(|_| Refusal::ConnectTimeout)??
        }
        Host::Name(_) | Host::Address(_) => known,
    };
    // One refused address refuses the name: a name that also points to an internal address is an attempt to get
    // inside.
    for address in &addresses {
        router.check_resolved(target, address.ip())?;
    }
    match proxy {
        Some(proxy) => {
            if addresses.is_empty() {
                router.tunnel().judge_unresolved(target)?;
            }
            through(router, proxy, target, deadline).await
        }
        None => straight(router, &addresses, deadline).await,
    }
}

/// The addresses of a name exactly as it was judged: from the hosts file, else from the system's resolver.
///
/// INVARIANT (one name): the name is resolved as absolute, however many labels it has. With a search domain
/// appended, as a resolv.conf of Kubernetes has several, it would be a different name from the one that was judged.
async fn look_up(name: &str, port: u16) -> Result<Vec<SocketAddr>, Refusal> {
    let listed = hosts_file::addresses(name).await;
    if !listed.is_empty() {
        return Ok(listed.into_iter().map(|address| SocketAddr::new(address, port)).collect());
    }
    let found = tokio::net::lookup_host((format!("{name}."), port)).await;
    Ok(found.map_err(|error| Refusal::NotFound(error.to_string()))?.collect())
}

/// Connects to the first address that answers.
async fn straight(router: &Router, addresses: &[SocketAddr], deadline: Instant) -> Result<Dialled, Refusal> {
    let mut last = Refusal::NotFound("the name has no address".into());
    for address in addresses {
        match timeout_at(deadline, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without this, a small write waits for the peer's delayed acknowledgement.
                let _ = stream.set_nodelay(true);
                let own = router.own_connections().note(stream.local_addr().ok(), *address);
                return Ok(Dialled { stream, address: *address, is_through_proxy: false, _own: own });
            }
            Ok(Err(error)) => last = Refusal::ConnectFailed(error.to_string()),
            Err(_) => return Err(Refusal::ConnectTimeout),
        }
    }
    Err(last)
}

/// Requests a connection to the target from the upstream proxy.
async fn through(
    router: &Router,
    proxy: &UpstreamProxy,
    target: &Authority,
    deadline: Instant,
) -> Result<Dialled, Refusal> {
    let asked = timeout_at(deadline, proxy.connect(target)).await.map_err(|_| Refusal::ConnectTimeout)?;
    let (stream, address) = asked.map_err(|error| Refusal::ConnectFailed(error.to_string()))?;
    let own = router.own_connections().note(stream.local_addr().ok(), address);
    Ok(Dialled { stream, address, is_through_proxy: true, _own: own })
}
