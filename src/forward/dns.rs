//! DNS queries: sent to the servers in resolv.conf, never answered from the hosts file or by a built-in public
//! server.
//!
//! The hosts file is left out because setups of the direct listener put the service's names there, pointing at this
//! proxy.

use std::{
    future::Future,
    net::IpAddr,
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hickory_resolver::{
    TokioResolver,
    config::ResolveHosts,
    lookup::Lookup,
    net::{NetError, runtime::TokioRuntimeProvider},
    proto::rr::RecordType,
    system_conf::parse_resolv_conf,
};
use tokio::{
    select,
    time::{Instant, timeout},
};

/// The file in which the system configures its DNS servers.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// Maximum time to resolve a name: long enough for a second try at another server.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// How long the addresses of one family wait for those of the other (RFC 8305, 3).
const RESOLUTION_DELAY: Duration = Duration::from_millis(50);

/// What a name resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The addresses in the order of the answer, at least one.
    pub(super) addresses: Vec<IpAddr>,
    /// How long they are valid.
    pub(super) ttl: Duration,
}

/// Why a name has no addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Nothing {
    /// The servers answered that there are none.
    Absent(String),
    /// No server answered.
    Silence(String),
}

/// A source of DNS answers.
pub(super) trait Ask {
    /// Resolves a fully qualified name, without search domains.
    fn ask(&self, name: &str) -> impl Future<Output = Result<Found, Nothing>> + Send;
}

/// The servers of resolv.conf, which is read again for each query.
#[derive(Debug, Default)]
pub(super) struct Dns {
    /// The contents of the file and the resolver built from them.
    current: Mutex<Option<(Vec<u8>, TokioResolver)>>,
}

impl Dns {
    /// There is no cache here: a second cache would return addresses whose time to live is over.
    const NO_CACHE: u64 = 0;

    /// Networks change under a running container: when the file lists other servers, they are used.
    fn resolver(&self) -> Result<TokioResolver, Nothing> {
        let unreadable = |error: &dyn std::fmt::Display| Nothing::Silence(format!("{RESOLV_CONF}: {error}"));
        let text = std::fs::read(RESOLV_CONF).map_err(|error| unreadable(&error))?;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, resolver)) = current.as_ref().filter(|(old, _)| *old == text) {
            return Ok(resolver.clone());
        }
        let (servers, options) = parse_resolv_conf(&text).map_err(|error| unreadable(&error))?;
        let mut builder = TokioResolver::builder_with_config(servers, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        builder.options_mut().cache_size = Self::NO_CACHE;
        let resolver = builder.build().map_err(|error| unreadable(&error))?;
        *current = Some((text, resolver.clone()));
        Ok(resolver)
    }
}

impl Ask for Dns {
    async fn ask(&self, name: &str) -> Result<Found, Nothing> {
        let resolver = self.resolver()?;
        let whole = format!("{name}.");
        let mut v4 = pin!(resolver.lookup(whole.as_str(), RecordType::A));
        let mut v6 = pin!(resolver.lookup(whole.as_str(), RecordType::AAAA));
        let both = async {
            // A server that never answers for one family must not hide the other family.
            select! {
                first = &mut v4 => match first {
                    Ok(_) => (Some(first), timeout(RESOLUTION_DELAY, v6).await.ok()),
                    Err(_) => (Some(first), Some(v6.await)),
                },
                first = &mut v6 => match first {
                    Ok(_) => (timeout(RESOLUTION_DELAY, v4).await.ok(), Some(first)),
                    Err(_) => (Some(v4.await), Some(first)),
                },
            }
        };
        let limit = || Nothing::Silence(format!("{name}: no answer from DNS within {} s", ANSWER_TIME.as_secs()));
        let (v4, v6) = timeout(ANSWER_TIME, both).await.map_err(|_| limit())?;
        merge(name, [v4, v6])
    }
}

fn merge(name: &str, families: [Option<Result<Lookup, NetError>>; 2]) -> Result<Found, Nothing> {
    let mut found = Found { addresses: Vec::new(), ttl: Duration::MAX };
    let mut silence = None;
    for family in families.into_iter().flatten() {
        match family {
            Ok(answer) => {
                found.addresses.extend(answer.answers().iter().filter_map(|record| record.data.ip_addr()));
                let left = answer.valid_until().saturating_duration_since(Instant::now().into_std());
                found.ttl = found.ttl.min(left);
            }
            Err(error) if error.is_no_records_found() => {}
            Err(error) => silence = Some(Nothing::Silence(format!("{name}: {error}"))),
        }
    }
    if !found.addresses.is_empty() {
        return Ok(found);
    }
    Err(silence.unwrap_or_else(|| Nothing::Absent(format!("{name} has no address"))))
}
