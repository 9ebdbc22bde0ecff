//! Renewal, rotation, several processes on one directory, and the remains of a killed process.

use super::*;

const LIFE: Duration = Duration::days(730);
const OVERLAP: Duration = Duration::days(30);

#[test]
fn at_two_thirds_of_its_life_a_second_authority_is_published_and_signs_after_the_overlap() {
    for dir in [None, Some(tempfile::tempdir().unwrap())] {
        let settings = dir.as_ref().map_or_else(Settings::default, |dir| in_directory(dir.path()));
        let authority = Authority::open(&settings, NOW).unwrap();
        let first = authority.ca_pem();
        assert_eq!(authority.renew_if_due(NOW + LIFE * 2 / 3 - Duration::days(1)).unwrap(), Renewal::Unchanged);

        let due = NOW + LIFE * 2 / 3;
        assert_eq!(authority.renew_if_due(due).unwrap(), Renewal::Changed);
        let both = authority.ca_pem();
        assert!(both.starts_with(&first) && both.len() > first.len());
        assert_eq!(authority.takeover(), Some(due + OVERLAP));
        let leaf = authority.certified_key(HOST, due).unwrap();
        verify(&first, &leaf, HOST, due).expect("still signed by the first");

        let takeover = due + OVERLAP;
        assert_eq!(authority.renew_if_due(takeover - Duration::hours(1)).unwrap(), Renewal::Unchanged);
        assert_eq!(authority.renew_if_due(takeover).unwrap(), Renewal::Changed);
        let second = authority.ca_pem();
        assert_eq!(both, format!("{first}{second}"));
        let leaf = authority.certified_key(HOST, takeover).unwrap();
        verify(&both, &leaf, HOST, takeover).expect("a client that was started during the overlap trusts it");
        assert!(verify(&first, &leaf, HOST, takeover).is_err());
        if let Some(published) = authority.published() {
            assert_eq!(fs::read_to_string(&published.ca_pem).unwrap(), second);
        }
    }
}

#[test]
fn a_client_that_reads_the_bundle_at_each_start_is_served_through_three_lives_of_the_authority() {
    let authority = Authority::open(&Settings::default(), NOW).unwrap();
    let mut at = NOW;
    let mut rotations = 0;
    while at < NOW + LIFE * 3 {
        let trusted = authority.ca_pem();
        let restarted = at + Duration::days(29);
        while at < restarted {
            let leaf = authority.certified_key(HOST, at).unwrap();
            verify(&trusted, &leaf, HOST, at).unwrap();
            at += Duration::hours(12);
            rotations += u32::from(authority.renew_if_due(at).unwrap() == Renewal::Changed);
        }
    }
    assert!(rotations >= 8, "{rotations}");
}

#[test]
fn a_rotation_is_taken_up_by_a_running_process_and_ends_at_once_when_asked_to() {
    let dir = tempfile::tempdir().unwrap();
    let settings = in_directory(dir.path());
    let running = Authority::open(&settings, NOW).unwrap();
    let first = running.ca_pem();

    Authority::open_and_rotate(&settings, NOW, Switch::AfterOverlap).unwrap();
    assert_eq!(running.renew_if_due(NOW).unwrap(), Renewal::Changed);
    let both = running.ca_pem();
    Authority::open_and_rotate(&settings, NOW, Switch::AfterOverlap).unwrap();
    assert_eq!(running.renew_if_due(NOW).unwrap(), Renewal::Unchanged, "one that waits already is kept");

    Authority::open_and_rotate(&settings, NOW, Switch::Now).unwrap();
    assert_eq!(running.renew_if_due(NOW).unwrap(), Renewal::Changed);
    assert_eq!(both, format!("{first}{}", running.ca_pem()));
    let leaf = running.certified_key(HOST, NOW).unwrap();
    verify(&running.ca_pem(), &leaf, HOST, NOW).unwrap();
}

#[test]
fn an_authority_in_memory_can_be_rotated_by_its_own_process_only() {
    let authority = Authority::open(&Settings::default(), NOW).unwrap();
    let first = authority.fingerprint();
    assert_eq!(authority.rotate(NOW, Switch::Now).unwrap(), Renewal::Changed);
    assert_ne!(authority.fingerprint(), first);
    assert!(matches!(Authority::open_and_rotate(&Settings::default(), NOW, Switch::Now), Err(Error::InMemory)));
}

#[test]
fn processes_that_start_together_on_one_directory_share_one_authority() {
    let dir = tempfile::tempdir().unwrap();
    let settings = in_directory(dir.path());
    let opened: Vec<Authority> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| Authority::open(&settings, NOW).unwrap())).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    let published = fs::read_to_string(&opened[0].published().unwrap().ca_pem).unwrap();
    for authority in &opened {
        assert_eq!(authority.ca_pem(), published);
    }
    let rotated: Vec<_> = std::thread::scope(|scope| {
        let at = NOW + LIFE * 2 / 3;
        let renewals: Vec<_> = opened.iter().map(|one| scope.spawn(move || one.renew_if_due(at).unwrap())).collect();
        renewals.into_iter().map(|renewal| renewal.join().unwrap()).collect()
    });
    assert!(rotated.iter().all(|renewal| *renewal == Renewal::Changed));
    assert!(opened.iter().all(|authority| authority.ca_pem() == opened[0].ca_pem()));
}

#[test]
fn what_a_killed_process_leaves_is_swept_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let settings = in_directory(dir.path());
    let fingerprint = Authority::open(&settings, NOW).unwrap().fingerprint();
    let half = dir.path().join("ca/.rds-guard-new-authority.pem.0123");
    fs::write(&half, "-----BEGIN PRIVATE KEY-----\nMIG").unwrap();
    fs::remove_file(dir.path().join("ca/bundle.pem")).unwrap();
    let again = Authority::open(&settings, NOW).unwrap();
    assert_eq!(again.fingerprint(), fingerprint);
    assert!(!half.exists() && dir.path().join("ca/bundle.pem").exists());
}

#[test]
fn two_authorities_in_memory_do_not_publish_over_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings { dir: None, publish: Some(dir.path().into()), ..in_directory(dir.path()) };
    let first = Authority::open(&settings, NOW).unwrap();
    let error = Authority::open(&settings, NOW).unwrap_err();
    assert!(matches!(error, Error::PublishInUse { .. }), "{error}");
    drop(first);
    Authority::open(&settings, NOW).unwrap();
}
