//! The connection to a tunnel's host: which address it is, whether that may be reached, and by which way.

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
    /// The other end: the host's, or the upstream proxy's.
    pub address: SocketAddr,
    /// Whether the other end is the upstream proxy.
    pub is_through_proxy: bool,
    _own: OwnConnection,
}

impl fmt::Display for Dialled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let through = if self.is_through_proxy { "through the upstream proxy" } else { "to" };
        write!(f, "connected {through} {}", self.address)
    }
}

/// Connects to a target: resolves it once, checks each address, and takes the first that answers, so that what was
/// checked is what is dialled. Where an upstream proxy is asked instead, it is that which resolves the name.
///
/// # Errors
/// The refusal: not allowed, not found, not connected.
pub async fn dial(router: &Router, target: &Authority) -> Result<Dialled, Refusal> {
    let known = match &target.host {
        Host::Address(address) => vec![SocketAddr::new(*address, target.port)],
        Host::Name(name) => router.overridden(name, target.port),
    };
    match &target.host {
        // What the name means is no question for a resolver (RFC 6761, 6.3).
        Host::Name(name) if known.is_empty() && (name == "localhost" || name.ends_with(".localhost")) => {
            Err(Refusal::Loopback { address: IpAddr::V4(Ipv4Addr::LOCALHOST) })
        }
        Host::Name(_) | Host::Address(_) => reach(router, target, known).await,
    }
}

/// Connects a redirected client to where it was going, if a tunnel for `target` may reach that.
///
/// # Errors
/// The refusal: not allowed, not connected.
pub async fn dial_original(router: &Router, target: &Authority, original: SocketAddr) -> Result<Dialled, Refusal> {
    reach(router, target, vec![original]).await
}

/// How long a connection right after the start may wait, besides its own limit, until the endpoints' addresses are known.
const SETTLING: Duration = Duration::from_secs(1);

/// Connects to a target of which some addresses, or none, are known without asking a resolver.
async fn reach(router: &Router, target: &Authority, known: Vec<SocketAddr>) -> Result<Dialled, Refusal> {
    let proxy = router.upstream_proxy(target);
    // What an upstream proxy resolves has no address here that could be one of an endpoint's.
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
    // One refused address refuses the name: a name that also points inside is an attempt to get inside.
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

/// The addresses of a name as it was judged: by the hosts file, else by the system's resolver.
///
/// INVARIANT (one name): the name is asked for as absolute, however many labels it has. With a search domain behind it, as
/// a resolv.conf of Kubernetes has several, it would be another name than the one that was judged.
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
                // Without it a small write waits for the peer's delayed acknowledgement.
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

/// Asks the upstream proxy for a target.
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
