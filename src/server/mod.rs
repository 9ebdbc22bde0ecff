//! Connection handling: listeners, runtimes, startup and shutdown.
//!
//! Each worker has a single-threaded runtime; it accepts connections on its own and has its own connections to the
//! service, so that a request never changes threads. A control thread watches policies, serves the admin listener
//! and drains.

mod accepting;
mod answer;
mod callers;
mod connection;
mod control;
mod drain;
mod error;
mod learn;
mod listeners;
mod plain;
mod proxy;
mod own;
mod reload;
mod settings;
mod sts;
mod transparent;

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use time::OffsetDateTime;
use tokio::{runtime::Builder, sync::watch};

pub use callers::Known;
pub use drain::{Drain, DrainSettings};
pub use error::Error;
pub use reload::{IsKnowable, LintPolicy, PolicyFor, PolicyText, ReadPolicies};
pub use settings::{Settings, Workload};

use crate::{
    accept::{EndpointAddresses, Router},
    admin,
    forward::Forward,
    guard::{self, Guard},
    intercept::{RequestReader, Terminator, authority::Authority},
    listener::Places,
    quota::Quota,
    rate_limit::RateLimits,
    record::{Gauge, Metrics, Mode, Recorder},
};
use callers::Callers;
use control::Control;
use listeners::{Listeners, addresses};
use own::Own;
use reload::Reloader;

/// The interval at which names, addresses and idle connections are maintained.
const TEND: Duration = Duration::from_secs(1);

/// The kind of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The forward proxy.
    Proxy,
    /// TLS from the first byte, by server name.
    Direct,
    /// Connections that netfilter redirects.
    Transparent,
    /// Plain http, as if this proxy were the service.
    Endpoint,
}

/// The kind of a listener, and the workload that it belongs to.
#[derive(Clone, Debug)]
struct Door {
    way: Way,
    workload: Option<Arc<str>>,
}

/// The state that all workers share.
#[derive(Debug)]
struct Shared {
    router: Router,
    terminator: Terminator,
    reader: RequestReader,
    recorder: Recorder,
    metrics: Arc<Metrics>,
    drain: Arc<Drain>,
    mode: Mode,
    callers: Callers,
    observer: Option<sts::Observer>,
    head_time: Duration,
    connections: Arc<Quota>,
    /// Connections whose clients have not identified themselves yet.
    lobby: Arc<Places>,
}

/// The state of one worker.
#[derive(Clone, Debug)]
struct Worker {
    shared: Arc<Shared>,
    guard: Guard<Forward>,
}

/// A running proxy that accepts connections.
#[derive(Debug)]
pub struct Running {
    /// The addresses of the proxy listener.
    pub proxy: Vec<SocketAddr>,
    /// The addresses of the direct listener.
    pub direct: Vec<SocketAddr>,
    /// The addresses of the listener for redirected connections.
    pub transparent: Vec<SocketAddr>,
    /// The addresses of the endpoint listener.
    pub endpoint: Vec<SocketAddr>,
    /// The addresses at which local keys are handed out.
    pub broker: Vec<SocketAddr>,
    /// The addresses of the admin page.
    pub admin: Vec<SocketAddr>,
    /// The addresses at which metrics are served in addition to the admin page.
    pub metrics: Vec<SocketAddr>,
    authority: Arc<Authority>,
    recorder: Recorder,
    control: control::Handle,
    workers: Mutex<Vec<JoinHandle<()>>>,
    stop: watch::Sender<bool>,
}

/// Starts a proxy: when this returns, connections are accepted.
///
/// # Errors
/// A policy, the authority, a listener or the audit file failed; see [`Error`].
pub fn start(settings: Settings) -> Result<Running, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let metrics = Arc::new(Metrics::default());
    let listeners = Listeners::bind(&settings)?;
    let known: Vec<Known> = settings.workloads.iter().map(|workload| workload.known.clone()).collect();
    let names: Vec<Arc<str>> = known.iter().map(|known| Arc::clone(&known.name)).collect();
    let own = Own::prepare(settings.broker, settings.credentials, settings.directory, &known)?;
    let is_knowable = Arc::clone(&settings.is_knowable);
    let (read, lint) = (settings.read_policies, settings.lint);
    let mut reloader = Reloader::start(read, settings.is_knowable, lint, settings.policy_limits, Arc::clone(&metrics))
        .map_err(Error::Policy)?;
    if settings.require_enforce {
        require_enforce(settings.mode, &reloader)?;
        reloader.must_restrict = true;
    }
    let now = OffsetDateTime::now_utc();
    let authority = Arc::new(Authority::open(&settings.authority, now)?);
    let recorder = Recorder::open(&settings.audit, Arc::clone(&metrics)).map_err(Error::Audit)?;
    metrics.set(Gauge::AuditMode, i64::from(settings.mode == Mode::Audit));
    metrics.set(Gauge::AuthorityNotAfter, authority.not_after().unix_timestamp());

    let addresses_of_endpoints = EndpointAddresses::learning();
    let overrides = settings.forward.overrides.iter().map(|entry| (entry.host.clone(), entry.port, entry.to)).collect();
    let drain = Arc::new(Drain::new(Arc::clone(&metrics)));
    let shared = Arc::new(Shared {
        router: Router::new(settings.hosts, settings.tunnel, addresses_of_endpoints.clone())
            .with_overrides(overrides)
            .with_upstream_proxy(settings.upstream_proxy),
        terminator: Terminator::new(Arc::clone(&authority), Arc::clone(&provider), settings.limits.head_time)
            .map_err(Error::Tls)?,
        head_time: settings.limits.head_time,
        reader: RequestReader::shared_by(settings.limits, &names),
        recorder: recorder.clone(),
        metrics: Arc::clone(&metrics),
        drain: Arc::clone(&drain),
        mode: settings.mode,
        connections: Quota::new(accepting::connections_at_once(settings.connections) as u64, &names),
        lobby: Arc::new(Places::new(accepting::LOBBY, 0)),
        callers: Callers::new(known),
        observer: own.observer(settings.observe_sts, &provider, &settings.forward.extra_roots).map_err(Error::Tls)?,
    });
    let in_flight = Quota::new(settings.in_flight as u64, &names);
    let guard = Arc::new(guard::Settings {
        mode: settings.mode,
        decode: settings.decode,
        identify: settings.identify,
        workloads: settings.workloads.into_iter().map(|workload| (workload.known.name, workload.identify)).collect(),
        directory: Arc::clone(&own.directory),
        signer: own.signer(),
        authorize: settings.authorize,
        policies: Arc::clone(reloader.store()),
        rate_limits: RateLimits::new(settings.rate_limits),
        destinations: Arc::clone(&settings.forward.destinations),
        record_values: settings.record_values,
        in_flight: settings.in_flight,
    });

    let (stop, stopped) = watch::channel(false);
    let mut workers = Vec::new();
    let mut forwards = Vec::new();
    for number in 0..settings.workers.max(1) {
        let forward = Forward::new(&settings.forward, Arc::clone(&provider), addresses_of_endpoints.clone())
            .map_err(Error::Tls)?;
        let guard = Guard::new(Arc::clone(&guard), recorder.clone(), Arc::clone(&in_flight), forward.clone());
        forwards.push(forward.clone());
        let worker = Worker { shared: Arc::clone(&shared), guard };
        let doors = listeners.doors()?;
        let stopped = stopped.clone();
        // One worker is enough: all workers share the addresses that it finds.
        let watches = if number == 0 { learn::Watches::AllNames } else { learn::Watches::OwnNames };
        let thread = std::thread::Builder::new()
            .name(format!("worker-{number}"))
            .spawn(move || worker.run(doors, &forward, watches, stopped))
            .map_err(Error::Thread)?;
        workers.push(thread);
    }
    let [proxy, direct, transparent] = [Way::Proxy, Way::Direct, Way::Transparent].map(|way| listeners.addresses(way));
    let (endpoint, broker) = (listeners.addresses(Way::Endpoint), addresses(&listeners.broker));
    let (admin_addresses, metrics_addresses) = (addresses(&listeners.admin), addresses(&listeners.metrics));
    let shown = admin::Sources {
        names: settings.admin_names,
        recorder: recorder.clone(),
        policies: Arc::clone(&guard.policies),
        judging: guard.authorize.clone(),
        own_accounts: {
            let guard = Arc::clone(&guard);
            Arc::new(move |workload| guard.own_accounts(workload))
        },
        is_knowable,
        destinations: Arc::clone(&guard.destinations),
        forwards,
        workloads: names,
        listeners: listeners.shown(),
        started: now,
    };
    let control = Control {
        reloader,
        metrics,
        drain,
        mode: settings.mode,
        authority: Arc::clone(&authority),
        warnings: settings.warnings,
        own,
    };
    let control = control.spawn(shown, listeners.admin, listeners.metrics, listeners.broker)?;
    Ok(Running {
        proxy,
        direct,
        transparent,
        endpoint,
        broker,
        admin: admin_addresses,
        metrics: metrics_addresses,
        authority,
        recorder,
        control,
        workers: Mutex::new(workers),
        stop,
    })
}

fn require_enforce(mode: Mode, reloader: &Reloader) -> Result<(), Error> {
    if mode == Mode::Audit {
        return Err(Error::RequireEnforce("the mode is audit"));
    }
    if reloader.store().current().allow_everything() {
        return Err(Error::RequireEnforce("the policy allows everything to everybody"));
    }
    Ok(())
}

impl Running {
    /// The authority that signs the certificates.
    #[must_use]
    pub fn authority(&self) -> &Arc<Authority> {
        &self.authority
    }

    /// The counters.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        self.recorder.metrics()
    }

    /// Checks the policy files now, and reopens the audit file.
    pub fn reload(&self) {
        self.recorder.reopen();
        self.control.look();
    }

    /// Continues to serve until nothing has arrived for a while or the limit has passed. Blocks until then.
    pub fn drain(&self, settings: DrainSettings) {
        self.control.drain(settings);
    }

    /// Stops: work in progress is cut off, every record is written.
    pub fn stop(&self) {
        let _ = self.stop.send(true);
        let workers = std::mem::take(&mut *self.workers.lock().unwrap_or_else(PoisonError::into_inner));
        for worker in workers {
            let _ = worker.join();
        }
        self.control.stop();
        self.recorder.close();
    }
}

impl Worker {
    fn run(
        self,
        doors: Vec<(Door, TcpListener)>,
        forward: &Forward,
        watches: learn::Watches,
        mut stopped: watch::Receiver<bool>,
    ) {
        let runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(%error, "a worker cannot start");
                return;
            }
        };
        runtime.block_on(async {
            for (door, listener) in doors {
                match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => drop(tokio::spawn(self.clone().accept(door, listener))),
                    Err(error) => tracing::error!(%error, "a listener cannot be used"),
                }
            }
            let learn = learn::addresses(forward, self.shared.router.endpoints(), watches);
            let tend = async {
                loop {
                    tokio::time::sleep(TEND).await;
                    forward.tend();
                }
            };
            tokio::select! {
                () = learn => {}
                () = tend => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        });
        runtime.shutdown_timeout(Duration::from_millis(100));
    }
}
