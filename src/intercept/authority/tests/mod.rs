//! The authority over time, on disk, and against its own constraints, with the time as a parameter.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::Path,
};

use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    pki_types::{ServerName, UnixTime, pem::PemObject},
};
use time::{Duration, macros::datetime};
use x509_parser::extensions::{GeneralName, ParsedExtension};

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);
const HOST: &str = "rds.us-east-1.amazonaws.com";

fn in_directory(dir: &Path) -> Settings {
    Settings { dir: Some(dir.join("ca")), public_roots: no_roots(dir), ..Settings::default() }
}

/// A bundle with one root generated here, so that tests don't depend on the system's roots.
fn no_roots(dir: &Path) -> PublicRoots {
    let path = dir.join("public.pem");
    if !path.exists() {
        let other = Authority::open(&Settings::default(), NOW).unwrap();
        fs::write(&path, other.ca_pem()).unwrap();
    }
    PublicRoots::File(path)
}

fn verify(ca_pem: &str, key: &CertifiedKey, host: &str, now: OffsetDateTime) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
        roots.add(root.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now.unix_timestamp() as u64));
    let name = ServerName::try_from(host).unwrap();
    verifier.verify_server_cert(&key.cert[0], &key.cert[1..], &name, &[], at).map(|_| ())
}

#[test]
fn a_leaf_has_every_extension_that_rfc_5280_asks_for_and_one_name() {
    let authority = Authority::open(&Settings::default(), NOW).unwrap();
    let key = authority.certified_key(HOST, NOW).unwrap();
    let (_, leaf) = x509_parser::parse_x509_certificate(&key.cert[0]).unwrap();
    let (_, above) = x509_parser::parse_x509_certificate(&key.cert[1]).unwrap();

    assert_eq!(key.cert.len(), 2, "leaf and intermediate");
    assert_eq!(leaf.validity().not_before.to_datetime(), NOW - Duration::hours(1));
    assert_eq!(leaf.validity().not_after.to_datetime(), NOW + Duration::hours(24));
    assert_eq!(leaf.raw_serial().len(), 16);
    let constraints = leaf.basic_constraints().unwrap().unwrap();
    assert!(constraints.critical && !constraints.value.ca);
    let usage = leaf.key_usage().unwrap().unwrap();
    assert!(usage.critical && usage.value.digital_signature() && usage.value.flags.count_ones() == 1);
    assert!(leaf.extended_key_usage().unwrap().unwrap().value.server_auth);
    let names = leaf.subject_alternative_name().unwrap().unwrap();
    assert_eq!(names.value.general_names, [GeneralName::DNSName(HOST)]);
    let key_id = |extension: &ParsedExtension<'_>| {
        let ParsedExtension::SubjectKeyIdentifier(id) = extension else { return None };
        Some(id.0.to_vec())
    };
    let authority_id = |extension: &ParsedExtension<'_>| {
        let ParsedExtension::AuthorityKeyIdentifier(id) = extension else { return None };
        id.key_identifier.as_ref().map(|id| id.0.to_vec())
    };
    let of_leaf = leaf.extensions().iter().find_map(|ext| authority_id(ext.parsed_extension()));
    let of_issuer = above.extensions().iter().find_map(|ext| key_id(ext.parsed_extension()));
    assert!(of_leaf.is_some() && of_leaf == of_issuer);
    assert!(leaf.extensions().iter().any(|ext| key_id(ext.parsed_extension()).is_some()));
}

#[test]
fn root_and_intermediate_both_carry_critical_constraints_without_leading_dots_and_exclude_every_address() {
    let authority = Authority::open(&Settings::default(), NOW).unwrap();
    let key = authority.certified_key(HOST, NOW).unwrap();
    let root = CertificateDer::from_pem_slice(authority.ca_pem().as_bytes()).unwrap();
    for (der, path_length) in [(&root, 1), (&key.cert[1], 0)] {
        let (_, certificate) = x509_parser::parse_x509_certificate(der).unwrap();
        let basic = certificate.basic_constraints().unwrap().unwrap();
        assert!(basic.critical && basic.value.ca);
        assert_eq!(basic.value.path_len_constraint, Some(path_length));
        let constraints = certificate.name_constraints().unwrap().unwrap();
        assert!(constraints.critical);
        let permitted = constraints.value.permitted_subtrees.as_ref().unwrap();
        assert!(permitted.iter().all(|s| matches!(&s.base, GeneralName::DNSName(name) if !name.starts_with('.'))));
        assert!(permitted.iter().any(|s| s.base == GeneralName::DNSName("amazonaws.com.cn")));
        let excluded: Vec<_> = constraints.value.excluded_subtrees.iter().flatten().map(|s| s.base.clone()).collect();
        assert_eq!(excluded, [GeneralName::IPAddress(&[0; 8]), GeneralName::IPAddress(&[0; 32])]);
    }
}

#[test]
fn a_name_outside_the_constraints_gets_no_leaf() {
    let authority = Authority::open(&Settings::default(), NOW).unwrap();
    for host in ["www.example.com", "evilamazonaws.com", "amazonaws.com.evil.example", "com"] {
        assert!(matches!(authority.certified_key(host, NOW), Err(Error::HostOutside { .. })), "{host}");
    }
    for host in ["", "127.0.0.1", "::1", "a..amazonaws.com", "*.amazonaws.com", "rds.amazonaws.com\0", "-a.api.aws"] {
        assert!(matches!(authority.certified_key(host, NOW), Err(Error::Host { .. })), "{host}");
    }
}

#[test]
fn constrained_to_regions_only_their_rds_names_and_the_further_hosts_verify() {
    let settings = Settings {
        constrain: Constrain::Regions,
        regions: vec!["eu-west-1".parse().unwrap(), "cn-north-1".parse().unwrap()],
        hosts: vec!["RDS.internal.example.".into()],
        ..Settings::default()
    };
    let authority = Authority::open(&settings, NOW).unwrap();
    for host in [
        "rds.eu-west-1.amazonaws.com",
        "rds-fips.eu-west-1.api.aws",
        "vpce-0123-ab.rds.eu-west-1.vpce.amazonaws.com",
        "vpce-0123.rds-fips.eu-west-1.vpce.amazonaws.com",
        "rds-api.cn-north-1.amazonaws.com.cn",
        "rds.internal.example",
    ] {
        let key = authority.certified_key(host, NOW).unwrap();
        verify(&authority.ca_pem(), &key, host, NOW).unwrap();
    }
    for host in ["rds.us-east-1.amazonaws.com", "rds.amazonaws.com", "sts.eu-west-1.amazonaws.com", "internal.example"]
    {
        assert!(matches!(authority.certified_key(host, NOW), Err(Error::HostOutside { .. })), "{host}");
    }
    let none = Settings { constrain: Constrain::Regions, ..Settings::default() };
    assert!(matches!(Authority::open(&none, NOW), Err(Error::NothingPermitted)));
}

#[test]
fn a_leaf_is_kept_until_two_thirds_of_its_day_are_over_in_any_spelling_of_the_host() {
    let authority = Authority::open(&Settings::default(), NOW).unwrap();
    let first = authority.certified_key(HOST, NOW).unwrap();
    let again = authority.certified_key("RDS.us-east-1.AMAZONAWS.com.", NOW + Duration::minutes(959)).unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    let later = authority.certified_key(HOST, NOW + Duration::hours(16)).unwrap();
    assert!(!Arc::ptr_eq(&first, &later));
    // A clock that was set back to before the first leaf's validity.
    let earlier = NOW - Duration::hours(2);
    assert!(matches!(authority.certified_key(HOST, earlier), Ok(key) if !Arc::ptr_eq(&key, &later)));
}

#[test]
fn the_directory_is_private_what_is_published_is_public_and_the_same_authority_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings { publish: Some(dir.path().join("shared/trust")), ..in_directory(dir.path()) };
    let first = Authority::open(&settings, NOW).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(&dir.path().join("ca")), 0o700);
    assert_eq!(mode(&dir.path().join("ca/authority.pem")), 0o600);
    let published = first.published().unwrap();
    for file in [&published.ca_pem, &published.bundle_pem, &published.truststore] {
        assert_eq!(mode(file), 0o644);
    }
    assert_eq!(fs::read_to_string(&published.ca_pem).unwrap(), first.ca_pem());
    let bundle = fs::read_to_string(&published.bundle_pem).unwrap();
    assert!(bundle.starts_with(&first.ca_pem()) && bundle.matches("BEGIN CERTIFICATE").count() == 2);
    for file in fs::read_dir(dir.path().join("shared/trust")).unwrap() {
        assert!(!fs::read(file.unwrap().path()).unwrap().windows(11).any(|w| w == b"PRIVATE KEY"));
    }

    let second = Authority::open(&settings, NOW + Duration::days(1)).unwrap();
    assert_eq!(second.fingerprint(), first.fingerprint());
    let leaf = second.certified_key(HOST, NOW + Duration::days(1)).unwrap();
    verify(&first.ca_pem(), &leaf, HOST, NOW + Duration::days(1)).unwrap();
}

#[test]
fn the_roots_key_is_nowhere_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    Authority::open(&in_directory(dir.path()), NOW).unwrap();
    let text = fs::read_to_string(dir.path().join("ca/authority.pem")).unwrap();
    assert_eq!(text.matches("PRIVATE KEY-----\n").count(), 2, "the beginning and end of one key");
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes()).map(Result::unwrap).collect();
    let key = secret_key::SecretKey::from_pem(&text).unwrap();
    let issuer = issuer::Issuer::from_parts(vec![certificates[1].clone()], key, Path::new("root"));
    assert!(issuer.is_err(), "the key is the intermediate's, not the root's");
}

#[test]
fn a_planted_symbolic_link_is_replaced_and_its_target_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (target, trust) = (dir.path().join("target"), dir.path().join("trust"));
    fs::write(&target, "precious").unwrap();
    fs::create_dir(&trust).unwrap();
    for name in ["ca.pem", "bundle.pem", "truststore.p12"] {
        symlink(&target, trust.join(name)).unwrap();
    }
    let settings = Settings { publish: Some(trust.clone()), ..in_directory(dir.path()) };
    Authority::open(&settings, NOW).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    assert!(fs::symlink_metadata(trust.join("ca.pem")).unwrap().is_file());

    // In the private directory a symbolic link is refused rather than followed.
    fs::rename(dir.path().join("ca/authority.pem"), dir.path().join("ca/elsewhere")).unwrap();
    symlink(dir.path().join("ca/elsewhere"), dir.path().join("ca/authority.pem")).unwrap();
    assert!(matches!(
        Authority::open(&settings, NOW),
        Err(Error::Directory(crate::private_dir::Error::Unreadable { .. }))
    ));
}

#[test]
fn a_directory_or_key_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let dir = tempfile::tempdir().unwrap();
    let settings = in_directory(dir.path());
    Authority::open(&settings, NOW).unwrap();
    let chmod =
        |path: &str, mode| fs::set_permissions(dir.path().join(path), fs::Permissions::from_mode(mode)).unwrap();

    chmod("ca/authority.pem", 0o640);
    let error = Authority::open(&settings, NOW).unwrap_err();
    assert!(matches!(error, Error::KeyMode { mode: 0o640, .. }) && error.to_string().contains("chmod 600"), "{error}");
    chmod("ca/authority.pem", 0o600);
    chmod("ca", 0o755);
    let error = Authority::open(&settings, NOW).unwrap_err();
    assert!(
        matches!(error, Error::DirectoryMode { mode: 0o755, .. }) && error.to_string().contains("chmod 700"),
        "{error}"
    );
    assert_eq!(error.blame(), Blame::Input);
}

#[test]
fn what_cannot_be_written_is_the_worlds_fault() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let settings = Settings { dir: Some(dir.path().join("file/ca")), ..Settings::default() };
    let error = Authority::open(&settings, NOW).unwrap_err();
    assert!(matches!(error, Error::Directory(crate::private_dir::Error::Unwritable { .. })), "{error}");
    assert_eq!(error.blame(), Blame::World);
}

mod over_time;
mod unfit;
