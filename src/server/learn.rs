//! Keeps the addresses of the RDS API known to tunnels: they are resolved before the first tunnel, and regularly
//! afterwards.

use std::time::Duration;

use tokio::{
    select,
    sync::Notify,
    time::{sleep, timeout},
};

use crate::{accept::EndpointAddresses, forward::Forward};

/// The interval between two rounds when DNS answered every query.
const ROUND: Duration = Duration::from_secs(60);

/// The interval until the next round when DNS left a query unanswered.
const RETRY: Duration = Duration::from_secs(5);

/// Maximum time for a round.
const LIMIT: Duration = Duration::from_secs(30);

/// How long the first tunnel waits for the names that calls do not go to, after those that calls go to are
/// resolved. Failing DNS must not block all tunnels: names that could not be resolved are retried after [`RETRY`].
const PATIENCE: Duration = Duration::from_secs(1);

/// The names that a worker resolves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watches {
    /// The names that calls go to: each worker resolves them for itself.
    OwnNames,
    /// Additional names of the API too, whose addresses only tunnels need to know.
    AllNames,
}

/// Resolves names, round after round; never returns.
pub(super) async fn addresses(forward: &Forward, known: &EndpointAddresses, watches: Watches) {
    let looked = Notify::new();
    let own = async {
        loop {
            let answered = timeout(LIMIT, forward.learn_addresses()).await;
            looked.notify_one();
            sleep(pause(answered)).await;
        }
    };
    match watches {
        Watches::OwnNames => own.await,
        Watches::AllNames => {
            let further = Notify::new();
            let watched = async {
                loop {
                    let answered = timeout(LIMIT, forward.learn_watched_addresses()).await;
                    further.notify_one();
                    select! {
                        () = sleep(pause(answered)) => {}
                        () = forward.region_added() => {}
                    }
                }
            };
            let first = async {
                looked.notified().await;
                if timeout(PATIENCE, further.notified()).await.is_err() {
                    tracing::warn!(
                        "not all names of the RDS API have been resolved: tunnels are made, and those addresses are not known yet"
                    );
                }
                known.learned();
                std::future::pending::<()>().await;
            };
            select! {
                () = own => {}
                () = watched => {}
                () = first => {}
            }
        }
    }
}

fn pause<E>(answered: Result<bool, E>) -> Duration {
    if answered.unwrap_or(false) { ROUND } else { RETRY }
}
