//! The proxy's own state: its credentials, and the local keys that it hands out instead.

use std::{io, net::TcpListener, sync::Arc};

use rustls::{crypto::CryptoProvider, pki_types::CertificateDer};
use time::OffsetDateTime;

use super::{Error, callers::Known, sts::Observer};
use crate::{
    broker::{self, Broker, RootFile, RootFileError},
    credentials::{self, Chain, Changes, Credentials, Keeper, Store},
    identify::{Directory, LocalKeys, OwnCredentials, OwnKey, Root, Term, Verifier},
    listener::ServiceThread,
    sign::Signer,
};

/// The credentials, the broker, and the directory that knows both.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) directory: Arc<Directory>,
    store: Arc<Store>,
    credentials: Option<credentials::Settings>,
    local: Option<Local>,
    broker: Option<Arc<Broker>>,
}

/// Local keys, and where their roots are stored.
#[derive(Debug)]
struct Local {
    keys: Arc<LocalKeys>,
    file: Option<RootFile>,
}

impl Local {
    fn open(settings: &broker::Settings) -> Result<Self, RootFileError> {
        let file = settings.dir.as_deref().map(RootFile::open).transpose()?;
        let holders = settings.admissions.iter().map(|admission| Arc::clone(&admission.holder)).collect();
        let local = Self { keys: Arc::new(LocalKeys::new(settings.lifetime, holders, Vec::new())), file };
        local.renew(OffsetDateTime::now_utc())?;
        Ok(local)
    }

    /// Rotates the roots if that is due.
    fn renew(&self, now: OffsetDateTime) -> Result<(), RootFileError> {
        let lifetime = self.keys.lifetime();
        if let Some(renewed) = Root::renewed(&self.keys.roots(), now, lifetime)? {
            let kept = self.file.as_ref().map(|file| file.roots(now, lifetime)).transpose()?;
            self.keys.set_roots(kept.unwrap_or(renewed));
        }
        Ok(())
    }
}

impl Own {
    /// Creates missing token files. Sends no requests yet.
    pub(super) fn prepare(
        broker: Option<broker::Settings>,
        credentials: Option<credentials::Settings>,
        directory: Directory,
        workloads: &[Known],
    ) -> Result<Self, Error> {
        let tokens = workloads.iter().filter_map(|known| known.token.as_ref());
        let admitted = broker.iter().flat_map(|broker| broker.admissions.iter().map(|admission| &admission.token));
        for token in tokens.chain(admitted) {
            token.ensure()?;
        }
        let local = broker.as_ref().map(Local::open).transpose()?;
        let keys = local.as_ref().map(|local| Arc::clone(&local.keys));
        let directory = Arc::new(directory.with_local_keys(keys.clone()));
        let broker = broker.zip(keys).map(|(broker, keys)| Arc::new(Broker::new(broker.admissions, keys)));
        Ok(Self { directory, store: Arc::default(), credentials, local, broker })
    }

    /// The observer of STS answers, if that is enabled.
    pub(super) fn observer(
        &self,
        wanted: bool,
        provider: &Arc<CryptoProvider>,
        extra_roots: &[CertificateDer<'static>],
    ) -> Result<Option<Observer>, rustls::Error> {
        let observer = || Observer::new(Arc::clone(&self.directory), Arc::clone(provider), extra_roots);
        wanted.then(observer).transpose()
    }

    /// Wipes the secrets of expired keys, and derives new keys from a new root if that is due.
    pub(super) fn tend(&self) {
        let now = OffsetDateTime::now_utc();
        self.directory.forget_ended(now);
        if let Some(Err(error)) = self.local.as_ref().map(|local| local.renew(now)) {
            tracing::error!(%error, "local keys go on with the root of yesterday");
        }
    }

    /// The signer for calls with local keys.
    pub(super) fn signer(&self) -> Signer {
        Signer::new(self.broker.as_ref().map(|_| Arc::clone(&self.store)))
    }

    /// Serves the broker's listeners on a separate thread.
    pub(super) fn serve(&self, listeners: Vec<TcpListener>) -> io::Result<Option<ServiceThread>> {
        self.broker.as_ref().map(|broker| broker::serve(listeners, broker)).transpose()
    }

    /// Starts refreshing the credentials on this thread's runtime, in the background.
    pub(super) fn begin(&self) {
        if let Some(settings) = self.credentials.clone() {
            let directory = Arc::clone(&self.directory);
            let tell = move |identity: credentials::Identity| directory.set_own(Some(known(identity)));
            tokio::spawn(Keeper::new(Chain::new(settings), Arc::clone(&self.store), tell).run());
        }
    }

    /// Reports every change of the credentials.
    pub(super) fn changes(&self) -> Changes {
        self.store.changes()
    }

    /// Problems with the broker's credentials, for readiness: that there are none, or that the workload can obtain
    /// them too.
    pub(super) fn warnings(&self) -> Vec<String> {
        if self.broker.is_none() {
            return Vec::new();
        }
        let problem = self.store.problem();
        let none =
            problem.map(|why| format!("the broker has no credentials to sign with, or cannot renew them: {why}"));
        let shared = self.store.in_use().filter(|credentials| credentials.shared).map(|credentials| {
            format!(
                "the broker's credentials come from {}, where the workload can have them too and go around the proxy: \
                 give them to rds-guard alone",
                credentials.source
            )
        });
        none.into_iter().chain(shared).collect()
    }
}

/// Converts the identity of the proxy's own credentials for the directory.
fn known(identity: credentials::Identity) -> OwnCredentials {
    let credentials::Identity { owner, role, in_use } = identity;
    let key = |credentials: &Arc<Credentials>| {
        let verifier = Some(Arc::new(Verifier::new(credentials.secret.clone())));
        (credentials.access_key_id.clone(), OwnKey { verifier, term: credentials.term })
    };
    OwnCredentials {
        principal: owner.principal,
        user_id: owner.user_id,
        role,
        term: in_use.first().map_or(Term::Unknown, |newest| newest.term),
        keys: in_use.iter().map(key).collect(),
    }
}
