//! The local certificate authority: who it may sign for is written into it, and so is the end of its own root.
//!
//! A root and an intermediate, both with critical name constraints, are made at the first start; the root's key is gone
//! before anything else happens. Leaves are signed by the intermediate. The certificate profile follows RFC 5280 to the
//! letter, because strict verifiers (Python 3.13, Java) refuse what older ones let pass.

mod error;
mod fitness;
mod generations;
mod issuer;
mod leaves;
mod permitted;
mod publication;
mod secret_key;
mod truststore;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use rustls::{
    pki_types::CertificateDer,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use time::OffsetDateTime;

pub use error::{Blame, Error, Remedy};
pub use publication::{PublicRoots, Published};

use crate::{
    aws::Region,
    private_dir::{Exposure, Lock, PrivateDir},
};
use generations::{Generations, Keeper};
use leaves::Leaves;
use permitted::PermittedNames;

/// What an authority is made of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the key is kept, private to this user. `None`: no key leaves memory, and each start has an authority anew.
    pub dir: Option<PathBuf>,
    /// Where the files for clients go; `None`: to `dir`, and nowhere if that is `None` too.
    pub publish: Option<PathBuf>,
    /// An authority of the user's own, used instead of one that is made here.
    pub own: Option<OwnAuthority>,
    /// How narrow the name constraints are.
    pub constrain: Constrain,
    /// Further host names to sign for.
    pub hosts: Vec<String>,
    /// The configured regions.
    pub regions: Vec<Region>,
    /// PEM files of further roots for the bundle, such as those of a corporate proxy.
    pub extra_roots: Vec<PathBuf>,
    /// The roots that clients trusted before.
    pub public_roots: PublicRoots,
    /// How long a new authority is published before it signs.
    pub overlap: std::time::Duration,
}

/// The files of an authority that the configuration gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAuthority {
    /// Its certificate, followed by those above it, in PEM form.
    pub cert: PathBuf,
    /// Its private key in PEM form.
    pub key: PathBuf,
}

/// Which names an authority that is made here may sign for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constrain {
    /// All names under AWS's suffixes, in all partitions, and the further hosts.
    Suffixes,
    /// Only the RDS names of the configured regions, and the further hosts.
    Regions,
}

/// When a new authority takes over from the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// After the overlap, so that clients that were started meanwhile trust both.
    AfterOverlap,
    /// At once: clients must be started again to trust it.
    Now,
}

/// Whether there is something new to trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// All is as it was.
    Unchanged,
    /// A new authority was published or took over, here or by another process on the same directory.
    Changed,
}

/// A certificate authority, ready to sign. All methods may be called from any thread.
#[derive(Debug)]
pub struct Authority {
    settings: Settings,
    keeper: Keeper,
    publisher: Option<PrivateDir>,
    published: Option<Published>,
    state: ArcSwap<State>,
    /// One change at a time within this process; the directory's lock keeps other processes out.
    changing: Mutex<()>,
    /// Held as long as this process publishes an authority that no other process can share.
    _sole_publisher: Option<Lock>,
}

/// What signs at this moment, and what it has signed.
#[derive(Debug)]
struct State {
    generations: Generations,
    leaves: Leaves,
}

impl Authority {
    /// Opens the authority of the directory or the files given, or makes a new one, and publishes it.
    ///
    /// # Errors
    /// When a file or directory is missing, unreadable, unwritable or open to others, or holds an authority that is not
    /// fit: each error names the file and the remedy, and [`Error::blame`] says whose fault it is.
    pub fn open(settings: &Settings, now: OffsetDateTime) -> Result<Self, Error> {
        Self::open_with(settings, |keeper| keeper.bring_up_to_date(None, settings, now))
    }

    /// Opens the directory only to rotate the authority in it, fit or not.
    ///
    /// # Errors
    /// As [`Self::open`], and when there is no directory, or the authority is the user's own.
    pub fn open_and_rotate(settings: &Settings, now: OffsetDateTime, switch: Switch) -> Result<Self, Error> {
        if settings.own.is_none() && settings.dir.is_none() {
            return Err(Error::InMemory);
        }
        Self::open_with(settings, |keeper| keeper.rotate(None, settings, now, switch))
    }

    fn open_with(settings: &Settings, make: impl FnOnce(&Keeper) -> Result<Generations, Error>) -> Result<Self, Error> {
        let keeper = Keeper::new(settings)?;
        let publisher = match settings.publish.as_ref().or(settings.dir.as_ref()) {
            Some(path) => Some(PrivateDir::open(path, Exposure::Public)?),
            None => None,
        };
        let sole_publisher = match (&keeper, &publisher) {
            (Keeper::Memory, Some(directory)) => Some(sole(directory, settings)?),
            (Keeper::Memory | Keeper::Directory(_) | Keeper::Given(_), _) => None,
        };
        let lock = keeper.lock()?;
        let generations = make(&keeper)?;
        let published = publish(publisher.as_ref(), settings, &generations)?;
        drop(lock);
        let state = ArcSwap::from_pointee(State { generations, leaves: Leaves::default() });
        Ok(Self {
            settings: settings.clone(),
            keeper,
            publisher,
            published,
            state,
            changing: Mutex::new(()),
            _sole_publisher: sole_publisher,
        })
    }

    /// The leaf of a host with its chain and key: from the cache until two thirds of its day are over, then a new one.
    ///
    /// # Errors
    /// When the name is no host name, or outside the authority's constraints.
    pub fn certified_key(&self, host: &str, now: OffsetDateTime) -> Result<Arc<CertifiedKey>, Error> {
        let state = self.state.load();
        state.leaves.get(host, &state.generations.current, now)
    }

    /// A resolver for TLS that always answers with the leaf of one host, whatever name the client sent.
    ///
    /// # Errors
    /// As [`Self::certified_key`], tried once beforehand.
    pub fn resolver(
        self: &Arc<Self>,
        host: &str,
        clock: fn() -> OffsetDateTime,
    ) -> Result<Arc<dyn ResolvesServerCert>, Error> {
        self.certified_key(host, clock())?;
        Ok(Arc::new(OneHost { authority: Arc::clone(self), host: host.into(), clock }))
    }

    /// Makes the next authority when two thirds of this one's life are over, lets it take over when the overlap is, and
    /// takes up what another process did to the directory. To be called every few minutes; may wait for the disk.
    ///
    /// # Errors
    /// As [`Self::open`]; the authority in use stays as it is.
    pub fn renew_if_due(&self, now: OffsetDateTime) -> Result<Renewal, Error> {
        self.change(|held| self.keeper.bring_up_to_date(Some(held), &self.settings, now))
    }

    /// Makes the next authority now and publishes it; it takes over after the overlap or at once. One that is waiting
    /// already is kept.
    ///
    /// # Errors
    /// As [`Self::open`], and when the authority is the user's own.
    pub fn rotate(&self, now: OffsetDateTime, switch: Switch) -> Result<Renewal, Error> {
        self.change(|held| self.keeper.rotate(Some(held), &self.settings, now, switch))
    }

    fn change(&self, make: impl FnOnce(&Generations) -> Result<Generations, Error>) -> Result<Renewal, Error> {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = self.keeper.lock()?;
        let held = self.state.load_full();
        let generations = make(&held.generations)?;
        if generations.same_as(&held.generations) {
            return Ok(Renewal::Unchanged);
        }
        publish(self.publisher.as_ref(), &self.settings, &generations)?;
        // A new cache with it: no leaf of the old authority can be put into it by a thread that began before.
        self.state.store(Arc::new(State { generations, leaves: Leaves::default() }));
        Ok(Renewal::Changed)
    }

    /// The roots that clients must trust, in PEM form: one, or two while a rotation is under way.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        anchors(&self.state.load().generations).iter().map(issuer::certificate_pem).collect()
    }

    /// Where the files for clients were published, if anywhere.
    #[must_use]
    pub fn published(&self) -> Option<&Published> {
        self.published.as_ref()
    }

    /// The SHA-256 digest of the root that signs, as `openssl x509 -fingerprint -sha256` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let state = self.state.load();
        let root = state.generations.current.anchors().first().map(AsRef::as_ref).unwrap_or_default();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, root);
        let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// When the authority that signs ends.
    #[must_use]
    pub fn not_after(&self) -> OffsetDateTime {
        self.state.load().generations.current.not_after()
    }

    /// When the next authority takes over, while one is published and waiting.
    #[must_use]
    pub fn takeover(&self) -> Option<OffsetDateTime> {
        self.state.load().generations.promotion(self.settings.overlap)
    }
}

impl Settings {
    fn permitted(&self) -> Result<PermittedNames, Error> {
        PermittedNames::wanted(self.constrain, &self.regions, &self.hosts)
    }
}

/// In memory, nothing published, AWS's suffixes, the system's roots, 30 days of overlap.
impl Default for Settings {
    fn default() -> Self {
        Self {
            dir: None,
            publish: None,
            own: None,
            constrain: Constrain::Suffixes,
            hosts: Vec::new(),
            regions: Vec::new(),
            extra_roots: Vec::new(),
            public_roots: PublicRoots::System,
            overlap: std::time::Duration::from_secs(30 * 24 * 3600),
        }
    }
}

fn sole(directory: &PrivateDir, settings: &Settings) -> Result<Lock, Error> {
    let path = settings.publish.clone().unwrap_or_default();
    directory.try_lock()?.ok_or(Error::PublishInUse { path })
}

fn publish(
    publisher: Option<&PrivateDir>,
    settings: &Settings,
    generations: &Generations,
) -> Result<Option<Published>, Error> {
    let Some(directory) = publisher else { return Ok(None) };
    let others = publication::other_roots(&settings.public_roots, &settings.extra_roots)?;
    publication::publish(directory, &anchors(generations), &others).map(Some)
}

fn anchors(generations: &Generations) -> Vec<CertificateDer<'static>> {
    let issuers = std::iter::once(&generations.current).chain(&generations.next);
    issuers.flat_map(|issuer| issuer.anchors().iter().cloned()).collect()
}

/// Answers every handshake with the leaf of one host.
#[derive(Debug)]
struct OneHost {
    authority: Arc<Authority>,
    host: String,
    clock: fn() -> OffsetDateTime,
}

impl ResolvesServerCert for OneHost {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.authority
            .certified_key(&self.host, (self.clock)())
            .inspect_err(|error| tracing::error!(host = self.host, %error, "no certificate for an intercepted host"))
            .ok()
    }
}

#[cfg(test)]
mod tests;
