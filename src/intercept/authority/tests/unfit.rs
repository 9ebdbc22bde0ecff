//! Authorities that are not fit for use, found in the directory or supplied by the configuration.

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, KeyUsagePurpose};

use super::*;
use crate::private_dir;

/// Writes a user-supplied authority to files and returns the settings that name them.
fn own(dir: &Path, change: impl FnOnce(&mut CertificateParams)) -> Settings {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    parameters.not_before = NOW - Duration::days(1);
    parameters.not_after = NOW + Duration::days(1);
    change(&mut parameters);
    let certificate = parameters.self_signed(&key).unwrap();
    let (cert, key_path) = (dir.join("own.pem"), dir.join("own.key"));
    fs::write(&cert, certificate.pem()).unwrap();
    fs::write(&key_path, key.serialize_pem()).unwrap();
    Settings {
        own: Some(OwnAuthority { cert, key: key_path }),
        regions: vec!["us-east-1".parse().unwrap()],
        ..Settings::default()
    }
}

#[test]
fn an_own_authority_signs_leaves_that_end_no_later_than_itself() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::open(&own(dir.path(), |_| ()), NOW).unwrap();
    let at = NOW + Duration::hours(12);
    let key = authority.certified_key(HOST, at).unwrap();
    assert_eq!(key.cert.len(), 1, "its own root is not sent");
    let (_, leaf) = x509_parser::parse_x509_certificate(&key.cert[0]).unwrap();
    assert_eq!(leaf.validity().not_after.to_datetime(), NOW + Duration::days(1));
    verify(&authority.ca_pem(), &key, HOST, at).unwrap();
    let error = authority.rotate(NOW, Switch::Now).unwrap_err();
    assert!(matches!(error, Error::NotOurs { .. }), "{error}");
}

#[test]
fn an_own_authority_that_is_replaced_on_disk_is_taken_up() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::open(&own(dir.path(), |_| ()), NOW).unwrap();
    assert_eq!(authority.renew_if_due(NOW).unwrap(), Renewal::Unchanged);
    own(dir.path(), |_| ());
    assert_eq!(authority.renew_if_due(NOW).unwrap(), Renewal::Changed);
    let key = authority.certified_key(HOST, NOW).unwrap();
    verify(&authority.ca_pem(), &key, HOST, NOW).unwrap();
}

#[test]
fn an_own_authority_that_is_not_fit_is_refused_by_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |settings: &Settings| Authority::open(settings, NOW).unwrap_err();
    let no_authority = own(dir.path(), |parameters| parameters.is_ca = IsCa::ExplicitNoCa);
    assert!(matches!(refused(&no_authority), Error::NotAnAuthority { .. }));
    let no_signing = own(dir.path(), |parameters| parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature]);
    assert!(matches!(refused(&no_signing), Error::NotAnAuthority { .. }));
    let expired = own(dir.path(), |parameters| parameters.not_after = NOW - Duration::seconds(1));
    assert!(matches!(refused(&expired), Error::Expired { remedy: Remedy::Replace, .. }));
    let future = own(dir.path(), |parameters| parameters.not_before = NOW + Duration::seconds(1));
    assert!(matches!(refused(&future), Error::NotYetValid { .. }));
    let narrow = own(dir.path(), |parameters| {
        parameters.name_constraints = Some(rcgen::NameConstraints {
            permitted_subtrees: vec![rcgen::GeneralSubtree::DnsName("corp.example".into())],
            excluded_subtrees: Vec::new(),
        });
    });
    assert!(matches!(refused(&narrow), Error::NameNotPermitted { name, .. } if name == HOST));

    let mut settings = own(dir.path(), |_| ());
    let other = KeyPair::generate().unwrap();
    fs::write(dir.path().join("own.key"), other.serialize_pem()).unwrap();
    assert!(matches!(refused(&settings), Error::KeyMismatch { remedy: Remedy::Replace, .. }));
    fs::write(dir.path().join("own.key"), "no key").unwrap();
    assert!(matches!(refused(&settings), Error::NoKey { .. }));
    fs::write(dir.path().join("own.pem"), "no certificate").unwrap();
    assert!(matches!(refused(&settings), Error::NoCertificate { .. }));
    settings.own = Some(OwnAuthority { cert: dir.path().join("absent"), key: dir.path().join("own.key") });
    let error = refused(&settings);
    assert!(matches!(&error, Error::Unreadable { path, .. } if path.ends_with("absent")));
    assert_eq!(error.blame(), Blame::Input);
}

#[test]
fn a_directory_whose_authority_expired_says_so_every_time_until_it_is_rotated() {
    let dir = tempfile::tempdir().unwrap();
    let settings = in_directory(dir.path());
    Authority::open(&settings, NOW).unwrap();
    let later = NOW + Duration::days(731);
    for _ in 0..2 {
        let error = Authority::open(&settings, later).unwrap_err();
        assert!(matches!(error, Error::Expired { remedy: Remedy::Rotate, .. }), "{error}");
        assert!(
            error.to_string().contains("authority.pem") && error.to_string().contains("ca rotate --now"),
            "{error}"
        );
    }
    Authority::open_and_rotate(&settings, later, Switch::Now).unwrap();
    Authority::open(&settings, later).unwrap();
}

#[test]
fn a_directory_with_a_broken_or_foreign_key_is_refused_and_can_be_rotated() {
    let dir = tempfile::tempdir().unwrap();
    let settings = in_directory(dir.path());
    Authority::open(&settings, NOW).unwrap();
    let path = dir.path().join("ca/authority.pem");
    let text = fs::read_to_string(&path).unwrap();
    let (_, certificates) = text.split_once("-----END PRIVATE KEY-----\n").unwrap();
    fs::write(&path, KeyPair::generate().unwrap().serialize_pem() + certificates).unwrap();
    assert!(matches!(Authority::open(&settings, NOW), Err(Error::KeyMismatch { remedy: Remedy::Rotate, .. })));
    fs::write(&path, certificates).unwrap();
    assert!(matches!(Authority::open(&settings, NOW), Err(Error::NoKey { .. })));
    fs::write(&path, "").unwrap();
    assert!(matches!(Authority::open(&settings, NOW), Err(Error::NoCertificate { .. })));
    Authority::open_and_rotate(&settings, NOW, Switch::Now).unwrap();
    Authority::open(&settings, NOW).unwrap();
}

#[test]
fn a_directory_whose_chain_is_broken_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let settings = in_directory(dir.path());
    let ours = Authority::open(&settings, NOW).unwrap();
    let other = Authority::open(&Settings::default(), NOW).unwrap();
    let path = dir.path().join("ca/authority.pem");
    let swapped = fs::read_to_string(&path).unwrap().replace(&ours.ca_pem(), &other.ca_pem());
    fs::write(&path, swapped).unwrap();
    assert!(matches!(Authority::open(&settings, NOW), Err(Error::ChainBroken { .. })));
}

#[test]
fn a_host_that_was_configured_after_the_authority_was_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = in_directory(dir.path());
    Authority::open(&settings, NOW).unwrap();
    settings.hosts = vec!["rds.internal.example".into()];
    let error = Authority::open(&settings, NOW).unwrap_err();
    assert!(matches!(&error, Error::NameNotPermitted { name, .. } if name == "rds.internal.example"), "{error}");
    Authority::open_and_rotate(&settings, NOW, Switch::Now).unwrap();
    Authority::open(&settings, NOW).unwrap().certified_key("rds.internal.example", NOW).unwrap();
}

#[test]
fn nothing_secret_is_in_debug_output() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::open(&in_directory(dir.path()), NOW).unwrap();
    authority.certified_key(HOST, NOW).unwrap();
    let pem = fs::read_to_string(dir.path().join("ca/authority.pem")).unwrap();
    let key = pem::parse_many(pem).unwrap().into_iter().find(|part| part.tag() == "PRIVATE KEY").unwrap();
    let shown = format!("{authority:?}");
    // In PKCS #8 the secret number of a P-256 key follows the marker 04 20.
    let at = key.contents().windows(2).position(|w| w == [4, 32]).unwrap() + 2;
    let decimal = format!("{:?}", &key.contents()[at..at + 32]);
    assert!(!shown.contains(decimal.trim_matches(['[', ']'])));
}

#[test]
fn a_private_folder_or_key_of_another_user_was_taken_without_a_word() {
    if !rustix::process::geteuid().is_root() {
        println!("not run: only root can give files away");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let settings = in_directory(dir.path());
    Authority::open(&settings, NOW).unwrap();
    let (folder, key) = (dir.path().join("ca"), dir.path().join("ca/authority.pem"));
    let give = |path: &Path, user| std::os::unix::fs::chown(path, Some(user), None).unwrap();
    give(&key, 12345);
    let error = Authority::open(&settings, NOW).unwrap_err();
    assert!(matches!(error, Error::Directory(private_dir::Error::FileOwner { owner: 12345, .. })), "{error}");
    give(&folder, 12345);
    let error = Authority::open(&settings, NOW).unwrap_err();
    assert!(matches!(error, Error::Directory(private_dir::Error::DirectoryOwner { owner: 12345, .. })), "{error}");
    give(&key, 0);
    give(&folder, 0);
    Authority::open(&settings, NOW).unwrap();
}
