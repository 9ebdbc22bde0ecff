//! The local certificate authority. Its certificates limit the names that it may sign for, and its root's key is
//! discarded.
//!
//! A root and an intermediate, both with critical name constraints, are generated at the first start; the root's
//! key is discarded before anything else happens. Leaves are signed by the intermediate. The certificate profile
//! follows RFC 5280 to the letter, because strict verifiers (Python 3.13, Java) refuse what older ones accept.

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

/// The settings of an authority.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The directory of the key, private to this user. `None`: no key leaves memory, and each start creates a new
    /// authority.
    pub dir: Option<PathBuf>,
    /// The directory for the files for clients; `None`: `dir`, or nowhere if that is `None` too.
    pub publish: Option<PathBuf>,
    /// The user's own authority, used instead of a generated one.
    pub own: Option<OwnAuthority>,
    /// How narrow the name constraints are.
    pub constrain: Constrain,
    /// Additional host names to sign for.
    pub hosts: Vec<String>,
    /// The configured regions.
    pub regions: Vec<Region>,
    /// PEM files of additional roots for the bundle, such as those of a corporate proxy.
    pub extra_roots: Vec<PathBuf>,
    /// The public roots that clients trusted before.
    pub public_roots: PublicRoots,
    /// How long a new authority is published before it signs.
    pub overlap: std::time::Duration,
}

/// The files of a user-supplied authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAuthority {
    /// Its certificate, followed by its issuers' certificates, in PEM form.
    pub cert: PathBuf,
    /// Its private key in PEM form.
    pub key: PathBuf,
}

/// The names for which a generated authority may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constrain {
    /// All names under AWS's suffixes, in all partitions, and the additional hosts.
    Suffixes,
    /// Only the RDS names of the configured regions, and the additional hosts.
    Regions,
}

/// When a new authority takes over from the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// After the overlap, so that clients that started in the meantime trust both.
    AfterOverlap,
    /// At once: clients must be restarted to trust it.
    Now,
}

/// Whether clients have something new to trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Nothing has changed.
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
    /// Serialises changes within this process; the directory's lock excludes other processes.
    changing: Mutex<()>,
    /// Held while this process publishes an authority that cannot be shared with another process.
    _sole_publisher: Option<Lock>,
}

/// The current signer, and the leaves that it has signed.
#[derive(Debug)]
struct State {
    generations: Generations,
    leaves: Leaves,
}

impl Authority {
    /// Opens the authority in the directory or in the configured files, or generates a new one, and publishes it.
    ///
    /// # Errors
    /// A file or directory is missing, unreadable, unwritable or open to others, or contains an authority that is
    /// not fit: each error names the file and the remedy, and [`Error::blame`] distinguishes invalid input from an
    /// environment error.
    pub fn open(settings: &Settings, now: OffsetDateTime) -> Result<Self, Error> {
        Self::open_with(settings, |keeper| keeper.bring_up_to_date(None, settings, now))
    }

    /// Opens the directory only to rotate the authority in it, whether it is fit or not.
    ///
    /// # Errors
    /// As [`Self::open`], and if there is no directory, or the authority is the user's own.
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

    /// The leaf of a host with its chain and key: from the cache until two thirds of its validity are over, then a
    /// new one.
    ///
    /// # Errors
    /// The name is not a host name, or is outside the authority's constraints.
    pub fn certified_key(&self, host: &str, now: OffsetDateTime) -> Result<Arc<CertifiedKey>, Error> {
        let state = self.state.load();
        state.leaves.get(host, &state.generations.current, now)
    }

    /// A TLS certificate resolver that always returns the leaf of one host, whatever name the client sent.
    ///
    /// # Errors
    /// As [`Self::certified_key`], which is called once in advance.
    pub fn resolver(
        self: &Arc<Self>,
        host: &str,
        clock: fn() -> OffsetDateTime,
    ) -> Result<Arc<dyn ResolvesServerCert>, Error> {
        self.certified_key(host, clock())?;
        Ok(Arc::new(OneHost { authority: Arc::clone(self), host: host.into(), clock }))
    }

    /// Generates the next authority when two thirds of the current validity are over, activates it after the
    /// overlap, and adopts changes that another process made in the directory. To be called every few minutes; may
    /// block on the disk.
    ///
    /// # Errors
    /// As [`Self::open`]; the current authority remains in use.
    pub fn renew_if_due(&self, now: OffsetDateTime) -> Result<Renewal, Error> {
        self.change(|held| self.keeper.bring_up_to_date(Some(held), &self.settings, now))
    }

    /// Generates the next authority now and publishes it; it takes over after the overlap or at once. A next
    /// authority that is already waiting is kept.
    ///
    /// # Errors
    /// As [`Self::open`], and if the authority is the user's own.
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
        // With a new cache, a thread that began before cannot add a leaf of the old authority.
        self.state.store(Arc::new(State { generations, leaves: Leaves::default() }));
        Ok(Renewal::Changed)
    }

    /// The roots that clients must trust, in PEM form: one, or two during a rotation.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        anchors(&self.state.load().generations).iter().map(issuer::certificate_pem).collect()
    }

    /// Where the files for clients were published, if anywhere.
    #[must_use]
    pub fn published(&self) -> Option<&Published> {
        self.published.as_ref()
    }

    /// The SHA-256 digest of the current root, in the format of `openssl x509 -fingerprint -sha256`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let state = self.state.load();
        let root = state.generations.current.anchors().first().map(AsRef::as_ref).unwrap_or_default();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, root);
        let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// When the current authority expires.
    #[must_use]
    pub fn not_after(&self) -> OffsetDateTime {
        self.state.load().generations.current.not_after()
    }

    /// When the next authority takes over; `None` unless one is published and waiting.
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

/// Presents the leaf of one host in every handshake.
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
