//! The control thread: watches policies, renews the authority, refreshes credentials, and waits for shutdown.
//!
//! It serves no listener: requests to the admin page or the broker cannot delay any of these tasks.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use time::OffsetDateTime;
use tokio::{
    runtime::Builder,
    sync::{mpsc, oneshot},
};

use super::{
    Drain, DrainSettings, Error,
    own::Own,
    reload::{INTERVAL, Reloader},
};
use crate::{
    admin::{self, Panel, Readiness, Scope},
    intercept::authority::Authority,
    listener::ServiceThread,
    record::{Gauge, Metrics, Mode},
};

/// The interval at which the authority's renewal is checked.
const RENEWAL: Duration = Duration::from_secs(60);

pub(super) struct Control {
    pub(super) reloader: Reloader,
    pub(super) metrics: Arc<Metrics>,
    pub(super) drain: Arc<Drain>,
    pub(super) mode: Mode,
    pub(super) authority: Arc<Authority>,
    pub(super) warnings: Vec<String>,
    pub(super) own: Own,
}

enum Order {
    Look,
    Drain(DrainSettings, oneshot::Sender<()>),
    Stop,
}

/// Sends commands to the control thread.
#[derive(Debug)]
pub(super) struct Handle {
    orders: mpsc::UnboundedSender<Order>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// The threads of the admin page, the metrics and the broker.
    services: Mutex<Vec<ServiceThread>>,
}

impl Handle {
    pub(super) fn look(&self) {
        let _ = self.orders.send(Order::Look);
    }

    pub(super) fn drain(&self, settings: DrainSettings) {
        let (done, wait) = oneshot::channel();
        if self.orders.send(Order::Drain(settings, done)).is_ok() {
            let _ = wait.blocking_recv();
        }
    }

    pub(super) fn stop(&self) {
        let _ = self.orders.send(Order::Stop);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        self.services.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Control {
    pub(super) fn spawn(
        self,
        shown: admin::Sources,
        admin: Vec<TcpListener>,
        metrics: Vec<TcpListener>,
        broker: Vec<TcpListener>,
    ) -> Result<Handle, Error> {
        let (orders, incoming) = mpsc::unbounded_channel();
        let panel = Arc::new(Panel::new(shown, self.readiness()));
        let listeners = [(admin, Scope::Everything), (metrics, Scope::Probes)];
        let mut services = vec![admin::serve(listeners, &panel).map_err(Error::Thread)?];
        services.extend(self.own.serve(broker).map_err(Error::Thread)?);
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let thread = std::thread::Builder::new()
            .name("control".into())
            .spawn(move || {
                runtime.block_on(async {
                    self.own.begin();
                    self.run(&panel, incoming).await;
                });
                runtime.shutdown_background();
            })
            .map_err(Error::Thread)?;
        Ok(Handle { orders, thread: Mutex::new(Some(thread)), services: Mutex::new(services) })
    }

    async fn run(mut self, panel: &Panel, mut orders: mpsc::UnboundedReceiver<Order>) {
        // Only now, when connections are already accepted.
        self.reloader.lint();
        panel.show(self.readiness());
        let mut files = tokio::time::interval(INTERVAL);
        files.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut own_changes = self.own.changes();
        let mut renewal = tokio::time::interval(RENEWAL);
        loop {
            let ready = tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Look) => self.reloader.look().await,
                    Some(Order::Drain(settings, done)) => {
                        self.drain.begin();
                        // Probes and reloads continue until shutdown completes.
                        let drain = Arc::clone(&self.drain);
                        tokio::spawn(async move {
                            drain.wait(settings).await;
                            let _ = done.send(());
                        });
                        true
                    }
                    Some(Order::Stop) | None => return,
                },
                _ = files.tick() => self.reloader.look().await,
                _ = renewal.tick() => self.renew(),
                changed = own_changes.changed() => changed.is_ok(),
            };
            if ready {
                panel.show(self.readiness());
            }
        }
    }

    fn renew(&self) -> bool {
        self.own.tend();
        match self.authority.renew_if_due(OffsetDateTime::now_utc()) {
            Ok(_) => self.metrics.set(Gauge::AuthorityNotAfter, self.authority.not_after().unix_timestamp()),
            Err(error) => tracing::error!(%error, "the certificate authority cannot be renewed"),
        }
        false
    }

    fn readiness(&self) -> Readiness {
        let policies = self.reloader.store().current();
        Readiness {
            draining: self.drain.is_draining(),
            mode: self.mode,
            policies: policies.all().map(|named| (named.name.clone(), named.version.clone())).collect(),
            full_access: policies.allow_everything(),
            reload_error: self.reloader.error.clone(),
            authority_not_after: self.authority.not_after(),
            warnings: self
                .warnings
                .iter()
                .chain(&self.reloader.undecidable)
                .chain(&self.reloader.findings)
                .cloned()
                .chain(self.own.warnings())
                .collect(),
        }
    }
}
