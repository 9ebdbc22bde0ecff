//! A directory kept open: files in it are replaced atomically, and symbolic links in it are never followed.

use std::{
    fs::{DirBuilder, File},
    io::{self, Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::{DirBuilderExt, MetadataExt},
    },
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use zeroize::Zeroizing;

use crate::secret_file;

/// Why a directory, or a file in it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The directory, or a file in it, cannot be created or written.
    #[error("cannot write `{path}`: {source}; make it writable for this user, or name another directory")]
    Unwritable {
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Other users have access to a directory that has to be private.
    #[error(
        "`{path}` has mode {mode:04o}, so others can reach the private files in it: run `chmod 700 {path}`, or name a \
         directory inside it, which is then made private"
    )]
    DirectoryMode {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Other users have access to a private file.
    #[error("`{path}` has mode {mode:04o}, so others can read it: run `chmod 600 {path}`")]
    FileMode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The private directory belongs to another user, who can read and replace what is in it.
    #[error("`{path}` is to be private: {}; make it that user's with `chown`, or name another directory", secret_file::foreign(*.owner))]
    DirectoryOwner {
        /// The directory.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// A private file belongs to another user, who can read it and has chosen what is in it.
    #[error("`{path}` is not taken: {}; remove it, and another one is made", secret_file::foreign(*.owner))]
    FileOwner {
        /// The file.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// Another process keeps the directory's lock for longer than it ever needs.
    #[error("`{path}` stays locked by another process: end that process, or name another directory")]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The system gave no random bytes for the name of a temporary file.
    #[error("the system gave no random bytes")]
    Random,
}

impl Error {
    /// Whether the environment is at fault (a directory that cannot be written, a lock), not what the configuration names.
    #[must_use]
    pub fn is_of_environment(&self) -> bool {
        match self {
            Self::Unwritable { .. } | Self::Locked { .. } | Self::Random => true,
            Self::Unreadable { .. }
            | Self::DirectoryMode { .. }
            | Self::FileMode { .. }
            | Self::DirectoryOwner { .. }
            | Self::FileOwner { .. } => false,
        }
    }
}

/// An open directory.
#[derive(Debug)]
pub struct PrivateDir {
    path: PathBuf,
    handle: OwnedFd,
}

/// Who may read the contents of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// This user only: 0700, files 0600.
    Private,
    /// All users: 0755, files 0644.
    Public,
}

/// A lock on a directory, released when dropped, and by the kernel when the process ends in any way.
#[derive(Debug)]
pub struct Lock {
    _file: OwnedFd,
}

impl PrivateDir {
    /// Opens a directory, creating it and its parents if they are missing.
    ///
    /// # Errors
    /// It cannot be created or opened, or it is to be private and others have access to it or own it.
    pub fn open(path: &Path, exposure: Exposure) -> Result<Self, Error> {
        let unwritable = |source| Error::Unwritable { path: path.into(), source };
        let mode = match exposure {
            Exposure::Private => 0o700,
            Exposure::Public => 0o755,
        };
        if !path.is_dir() {
            DirBuilder::new().recursive(true).mode(mode).create(path).map_err(unwritable)?;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| unwritable(errno.into()))?;
        // Metadata of the opened directory, not of the path: another directory may be there by now.
        let found = rustix::fs::fstat(&handle).map_err(|errno| unwritable(errno.into()))?;
        let mode = found.st_mode & 0o7777;
        match exposure {
            Exposure::Private if mode & 0o077 != 0 => Err(Error::DirectoryMode { path: path.into(), mode }),
            Exposure::Private if !secret_file::may_own(found.st_uid) => {
                Err(Error::DirectoryOwner { path: path.into(), owner: found.st_uid })
            }
            Exposure::Private | Exposure::Public => Ok(Self { path: path.into(), handle }),
        }
    }

    /// The path of a file in the directory.
    #[must_use]
    pub fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Replaces a file: a new one is written next to it, flushed to disk, and renamed over it. An existing entry
    /// with that name, even a symbolic link, is replaced, never written through.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn replace(&self, name: &str, content: &[u8], exposure: Exposure) -> Result<(), Error> {
        let mode = match exposure {
            Exposure::Private => Mode::from_raw_mode(0o600),
            Exposure::Public => Mode::from_raw_mode(0o644),
        };
        let mut random = [0; 8];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| Error::Random)?;
        let temporary = format!("{TEMPORARY}{name}.{:016x}", u64::from_ne_bytes(random));
        let result = self.write_new(&temporary, content, mode).and_then(|()| {
            rustix::fs::renameat(&self.handle, &temporary, &self.handle, name)?;
            rustix::fs::fsync(&self.handle)?;
            Ok(())
        });
        if result.is_err() {
            // Cleanup only: the write error is the one that is reported.
            let _ = rustix::fs::unlinkat(&self.handle, &temporary, AtFlags::empty());
        }
        result.map_err(|source| Error::Unwritable { path: self.path_of(name), source })
    }

    fn write_new(&self, name: &str, content: &[u8], mode: Mode) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::openat(&self.handle, name, flags, mode)?);
        // The umask restricts the mode passed to open; workloads of other users must be able to read public files.
        rustix::fs::fchmod(file.as_fd(), mode)?;
        file.write_all(content)?;
        file.sync_all()
    }

    /// Renames a file in the directory over another.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        rustix::fs::renameat(&self.handle, from, &self.handle, to)
            .and_then(|()| rustix::fs::fsync(&self.handle))
            .map_err(|errno| Error::Unwritable { path: self.path_of(to), source: errno.into() })
    }

    /// Reads a private file; `None` if it does not exist.
    ///
    /// # Errors
    /// It is a symbolic link, cannot be read, others have access to it, or it belongs to another user.
    pub fn read_private(&self, name: &str) -> Result<Option<Zeroizing<String>>, Error> {
        let path = self.path_of(name);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = match rustix::fs::openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => File::from(handle),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(Error::Unreadable { path, source: errno.into() }),
        };
        let unreadable = |source| Error::Unreadable { path: path.clone(), source };
        let found = file.metadata().map_err(unreadable)?;
        let mode = found.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(Error::FileMode { path, mode });
        }
        if !secret_file::may_own(found.uid()) {
            return Err(Error::FileOwner { path, owner: found.uid() });
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(unreadable)?;
        Ok(Some(text))
    }

    /// Takes the directory's lock, waiting for another process that holds it briefly.
    ///
    /// # Errors
    /// It does not become free within five seconds.
    pub fn lock(&self) -> Result<Lock, Error> {
        for _ in 0..LOCK_ATTEMPTS {
            if let Some(lock) = self.try_lock()? {
                self.sweep();
                return Ok(lock);
            }
            std::thread::sleep(LOCK_PAUSE);
        }
        Err(Error::Locked { path: self.path_of(LOCK_FILE) })
    }

    /// Takes the directory's lock if it is free.
    pub(crate) fn try_lock(&self) -> Result<Option<Lock>, Error> {
        let unwritable =
            |errno: rustix::io::Errno| Error::Unwritable { path: self.path_of(LOCK_FILE), source: errno.into() };
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file =
            rustix::fs::openat(&self.handle, LOCK_FILE, flags, Mode::from_raw_mode(0o600)).map_err(unwritable)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(errno) => Err(unwritable(errno)),
        }
    }

    /// Removes the unfinished files of a killed process; only with the lock held, and only files with the prefix
    /// [`TEMPORARY`].
    fn sweep(&self) {
        let Ok(entries) = rustix::fs::Dir::read_from(&self.handle) else { return };
        for entry in entries.flatten() {
            if entry.file_name().to_bytes().starts_with(TEMPORARY.as_bytes()) {
                let _ = rustix::fs::unlinkat(&self.handle, entry.file_name(), AtFlags::empty());
            }
        }
    }
}

/// The prefix of unfinished files.
const TEMPORARY: &str = ".rds-guard-new-";
const LOCK_FILE: &str = ".rds-guard-lock";
const LOCK_PAUSE: Duration = Duration::from_millis(10);
const LOCK_ATTEMPTS: u32 = 500;
