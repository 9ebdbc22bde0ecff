//! The sequence of authorities: the current one, the next one that clients already trust, and when it takes over.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::{
    Error, OwnAuthority, Settings, Switch,
    error::Remedy,
    fitness::{self, Wanted},
    issuer::{FromPartsError, Issuer},
    permitted::PermittedNames,
    publication,
    secret_key::SecretKey,
};
use crate::{
    private_dir::{Exposure, Lock, PrivateDir},
    secret_file,
};

/// The current authority, and the next one, which is distributed to clients in advance.
#[derive(Clone, Debug)]
pub(super) struct Generations {
    pub(super) current: Arc<Issuer>,
    pub(super) next: Option<Arc<Issuer>>,
}

/// Where generations are stored.
#[derive(Debug)]
pub(super) enum Keeper {
    /// In memory only.
    Memory,
    /// In a private directory.
    Directory(PrivateDir),
    /// In configured files, which are maintained outside this program.
    Given(OwnAuthority),
}

/// The next step according to the clock and the overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    Successor,
    Promotion,
}

impl Generations {
    fn begin(permitted: &PermittedNames, now: OffsetDateTime) -> Result<Self, Error> {
        Ok(Self { current: Arc::new(Issuer::generate(permitted, now)?), next: None })
    }

    /// When the next authority begins to sign, if there is one: after the overlap, or before the current one
    /// expires.
    pub(super) fn promotion(&self, overlap: std::time::Duration) -> Option<OffsetDateTime> {
        let latest = self.current.not_after() - LAST_LEAVES;
        self.next
            .as_ref()
            .map(|next| next.made_at().checked_add(overlap_of(overlap)).map_or(latest, |at| at.min(latest)))
    }

    fn due(&self, now: OffsetDateTime, overlap: std::time::Duration) -> Due {
        let life = self.current.not_after() - self.current.not_before();
        match self.promotion(overlap) {
            Some(at) if now >= at => Due::Promotion,
            Some(_) => Due::Nothing,
            None if now >= self.current.not_before() + life * 2 / 3 => Due::Successor,
            None => Due::Nothing,
        }
    }

    /// Returns whether both contain the same authorities.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        let anchors = |issuer: &Option<Arc<Issuer>>| issuer.as_ref().map(|issuer| issuer.anchors().to_vec());
        self.current.anchors() == other.current.anchors() && anchors(&self.next) == anchors(&other.next)
    }
}

fn overlap_of(overlap: std::time::Duration) -> Duration {
    Duration::try_from(overlap).unwrap_or(Duration::MAX)
}

impl Keeper {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        match (&settings.own, &settings.dir) {
            (Some(own), _) => Ok(Self::Given(own.clone())),
            (None, Some(dir)) => Ok(Self::Directory(PrivateDir::open(dir, Exposure::Private)?)),
            (None, None) => Ok(Self::Memory),
        }
    }

    /// Locks the directory against other processes, if there is one.
    pub(super) fn lock(&self) -> Result<Option<Lock>, Error> {
        match self {
            Self::Directory(directory) => Ok(Some(directory.lock()?)),
            Self::Memory | Self::Given(_) => Ok(None),
        }
    }

    /// Loads the stored authorities and performs every step that is due. The lock must be held.
    pub(super) fn bring_up_to_date(
        &self,
        held: Option<&Generations>,
        settings: &Settings,
        now: OffsetDateTime,
    ) -> Result<Generations, Error> {
        let permitted = settings.permitted()?;
        let found = match self {
            Self::Memory => held.cloned(),
            Self::Directory(directory) => load(directory)?,
            Self::Given(own) => return given(own, settings, now),
        };
        let Some(mut generations) = found else {
            let made = Generations::begin(&permitted, now)?;
            self.save(CURRENT, &made.current)?;
            return Ok(made);
        };
        if let (Self::Directory(directory), None) = (self, &generations.next) {
            // Before a successor is generated: clients that trust only the expired one need this error.
            fitness::check_time(&generations.current, now, &directory.path_of(CURRENT), Remedy::Rotate)?;
        }
        match generations.due(now, settings.overlap) {
            Due::Nothing => {}
            Due::Successor => self.succeed(&mut generations, &permitted, now)?,
            Due::Promotion => self.promote(&mut generations)?,
        }
        if let Self::Directory(directory) = self {
            let path = directory.path_of(CURRENT);
            fitness::check(&generations.current, &Wanted::Exactly(&permitted), now, &path, Remedy::Rotate)?;
        }
        Ok(generations)
    }

    /// Begins a rotation, or completes it at once. The lock must be held.
    pub(super) fn rotate(
        &self,
        held: Option<&Generations>,
        settings: &Settings,
        now: OffsetDateTime,
        switch: Switch,
    ) -> Result<Generations, Error> {
        let permitted = settings.permitted()?;
        let found = match (self, switch) {
            (Self::Memory, _) => held.cloned(),
            (Self::Given(own), _) => return Err(Error::NotOurs { path: own.cert.clone() }),
            (Self::Directory(directory), Switch::AfterOverlap) => load(directory)?,
            // This also recovers from a directory that can no longer be read.
            (Self::Directory(directory), Switch::Now) => load(directory).unwrap_or_default(),
        };
        let Some(mut generations) = found else {
            let made = Generations::begin(&permitted, now)?;
            self.save(CURRENT, &made.current)?;
            return Ok(made);
        };
        let usable = |next: &Arc<Issuer>| next.not_after() > now && permitted.first_beyond(next.permitted()).is_none();
        if !generations.next.as_ref().is_some_and(usable) {
            self.succeed(&mut generations, &permitted, now)?;
        }
        if switch == Switch::Now {
            self.promote(&mut generations)?;
        }
        Ok(generations)
    }

    fn succeed(
        &self,
        generations: &mut Generations,
        permitted: &PermittedNames,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let next = Arc::new(Issuer::generate(permitted, now)?);
        self.save(NEXT, &next)?;
        generations.next = Some(next);
        Ok(())
    }

    fn promote(&self, generations: &mut Generations) -> Result<(), Error> {
        let Some(next) = generations.next.take() else { return Ok(()) };
        if let Self::Directory(directory) = self {
            directory.rename(NEXT, CURRENT)?;
        }
        generations.current = next;
        Ok(())
    }

    fn save(&self, name: &str, issuer: &Issuer) -> Result<(), Error> {
        match self {
            Self::Directory(directory) => Ok(directory.replace(name, issuer.to_pem().as_bytes(), Exposure::Private)?),
            Self::Memory | Self::Given(_) => Ok(()),
        }
    }
}

fn load(directory: &PrivateDir) -> Result<Option<Generations>, Error> {
    let next = load_issuer(directory, NEXT)?;
    match (load_issuer(directory, CURRENT)?, next) {
        (Some(current), next) => Ok(Some(Generations { current, next })),
        (None, Some(next)) => {
            directory.rename(NEXT, CURRENT)?;
            Ok(Some(Generations { current: next, next: None }))
        }
        (None, None) => Ok(None),
    }
}

fn load_issuer(directory: &PrivateDir, name: &str) -> Result<Option<Arc<Issuer>>, Error> {
    let Some(text) = directory.read_private(name)? else { return Ok(None) };
    let path = directory.path_of(name);
    let certificates = publication::certificates(text.as_bytes(), &path)?;
    let key = SecretKey::from_pem(&text).map_err(|_| Error::NoKey { path: path.clone() })?;
    let issuer = Issuer::from_parts(certificates, key, &path).map_err(|source| match source {
        FromPartsError::KeyMismatch => Error::KeyMismatch { key: path.clone(), path, remedy: Remedy::Rotate },
        FromPartsError::Other(source) => source,
    })?;
    Ok(Some(Arc::new(issuer)))
}

fn given(own: &OwnAuthority, settings: &Settings, now: OffsetDateTime) -> Result<Generations, Error> {
    let OwnAuthority { cert, key: key_path } = own;
    let certificates = publication::read_certificates(cert)?;
    let unreadable = |source| Error::Unreadable { path: key_path.clone(), source };
    let text = secret_file::read(key_path).map_err(unreadable)?;
    let key = SecretKey::from_pem(&text).map_err(|_| Error::NoKey { path: key_path.clone() })?;
    let issuer = Issuer::from_parts(certificates, key, cert).map_err(|source| match source {
        FromPartsError::KeyMismatch => {
            Error::KeyMismatch { path: cert.clone(), key: key_path.clone(), remedy: Remedy::Replace }
        }
        FromPartsError::Other(source) => source,
    })?;
    let mut hosts = settings.hosts.clone();
    hosts.extend(settings.regions.iter().map(|region| format!("rds.{region}.{}", region.partition().dns_suffix())));
    fitness::check(&issuer, &Wanted::Hosts(&hosts), now, cert, Remedy::Replace)?;
    Ok(Generations { current: Arc::new(issuer), next: None })
}

/// The file of the current authority.
const CURRENT: &str = "authority.pem";
/// The file of the next authority.
const NEXT: &str = "authority-next.pem";
/// The next authority takes over at the latest this long before the current one expires: two leaf lifetimes.
const LAST_LEAVES: Duration = Duration::hours(48);
