//! Keeps the addresses of the RDS API known to tunnels: asked for before the first tunnel, and from then on.

use std::time::Duration;

use tokio::{
    select,
    sync::Notify,
    time::{sleep, timeout},
};

use crate::{accept::EndpointAddresses, forward::Forward};

/// How long there is between two rounds in which DNS answered every question.
const ROUND: Duration = Duration::from_secs(60);

/// How long there is until the next round where DNS left a question without an answer.
const RETRY: Duration = Duration::from_secs(5);

/// How long a round may take.
const LIMIT: Duration = Duration::from_secs(30);

/// How long the first tunnel waits for the names that calls do not go to, once those that calls go to are known. DNS that
/// fails must not keep all tunnels shut: what could not be resolved is asked for again after [`RETRY`].
const PATIENCE: Duration = Duration::from_secs(1);

/// Which names a worker looks up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watches {
    /// Those that calls go to: each worker resolves them for itself.
    OwnNames,
    /// Further names of the API too, whose addresses only tunnels need to know.
    AllNames,
}

/// Looks names up, round after round, and never ends.
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
