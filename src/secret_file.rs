//! Files that contain a secret: checks their owner and who else has access.
//!
//! The configuration, the authority, the broker and the callers' keys all read such files, and all by these rules.

use std::{
    fs::File,
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use zeroize::Zeroizing;

/// Reads a file that contains a secret. Symbolic links are followed: Kubernetes mounts secrets as links. The checks
/// apply to the opened file, so it cannot be replaced between the check and the read.
///
/// A file that others can only read is accepted: Kubernetes mounts secrets with mode 0644. [`exposure`] finds those.
///
/// # Errors
/// The file cannot be read, belongs to a user that is neither root nor this process's, or is writable by everyone.
pub fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut file = File::open(path)?;
    let found = file.metadata()?;
    if !may_own(found.uid()) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, foreign(found.uid())));
    }
    if found.mode() & 0o002 != 0 {
        let why = format!("it has mode {:04o}, so everybody can write to it", found.mode() & 0o7777);
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// The mode of a file that every user can read; `None` if others cannot read it, or its metadata cannot be read.
#[must_use]
pub fn exposure(path: &Path) -> Option<u32> {
    let mode = std::fs::metadata(path).ok()?.mode() & 0o7777;
    (mode & 0o004 != 0).then_some(mode)
}

/// Whether a user may own this process's secrets: this process's own user, or root, which can read everything anyway.
#[must_use]
pub fn may_own(user: u32) -> bool {
    user == 0 || user == rustix::process::geteuid().as_raw()
}

/// The message for a file that belongs to another user.
#[must_use]
pub fn foreign(owner: u32) -> String {
    let own = rustix::process::geteuid().as_raw();
    format!("it belongs to user {owner}, and may belong to root or to user {own}, which runs rds-guard, only")
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt as _, chown, symlink},
    };

    use super::*;

    fn file(folder: &Path, mode: u32) -> std::path::PathBuf {
        let path = folder.join(format!("secret-{mode:o}"));
        fs::write(&path, "the-secret").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn modes_that_kubernetes_gives_are_taken_and_what_everybody_can_write_is_not() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o400, 0o600, 0o440, 0o640, 0o660, 0o444, 0o644] {
            let path = file(folder.path(), mode);
            assert_eq!(read(&path).unwrap().as_str(), "the-secret", "{mode:o}");
            assert_eq!(exposure(&path), (mode & 0o004 != 0).then_some(mode));
        }
        for mode in [0o602, 0o646, 0o666, 0o777] {
            let error = read(&file(folder.path(), mode)).unwrap_err();
            assert!(error.to_string().contains(&format!("mode {mode:04o}")), "{error}");
        }
    }

    #[test]
    fn links_as_kubernetes_makes_them_are_followed_to_the_file_that_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("..2026_12_01")).unwrap();
        fs::write(folder.path().join("..2026_12_01/token"), "the-secret").unwrap();
        symlink("..2026_12_01", folder.path().join("..data")).unwrap();
        symlink("..data/token", folder.path().join("token")).unwrap();
        assert_eq!(read(&folder.path().join("token")).unwrap().as_str(), "the-secret");
    }

    #[test]
    fn a_secret_of_another_user_was_taken_without_a_word() {
        if !rustix::process::geteuid().is_root() {
            println!("not run: only root can give files away");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), 0o600);
        chown(&path, Some(12345), None).unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.to_string().contains("belongs to user 12345"), "{error}");
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(read(&link).is_err(), "the owner of the file counts, not that of the link");
    }
}
