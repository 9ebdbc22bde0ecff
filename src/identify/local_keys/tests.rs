//! Local keys: how long they are issued and valid, and which processes recognise them.

use std::{sync::Arc, time::Duration};

use time::{OffsetDateTime, macros::datetime};

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

fn holder(workload: Option<&str>, principal: &str) -> Arc<Holder> {
    Arc::new(Holder::new(workload.map(Into::into), Some(principal.parse().unwrap()), false))
}

#[test]
fn a_key_is_handed_out_for_half_of_its_life_and_good_for_all_of_it() {
    let keys = LocalKeys::new(Duration::from_secs(100), Vec::new(), vec![Root::random(NOW).unwrap()]);
    let (one, two) =
        (holder(None, "arn:aws:iam::123456789012:role/r"), holder(Some("w"), "arn:aws:iam::123456789012:role/r"));
    let first = keys.hand_out(&one, NOW).unwrap();
    let at = |seconds| NOW + Duration::from_secs(seconds);
    assert_eq!(keys.hand_out(&one, at(49)).unwrap().access_key_id, first.access_key_id);
    assert_ne!(keys.hand_out(&two, NOW).unwrap().access_key_id, first.access_key_id, "each has its own");
    let second = keys.hand_out(&one, at(51)).unwrap();
    assert_ne!(second.access_key_id, first.access_key_id);
    assert!(matches!(keys.find(&first.access_key_id, None, at(99)), Found::Good { .. }));
    assert!(matches!(keys.find(&first.access_key_id, None, at(100)), Found::Ended));
    keys.forget_ended(at(100));
    assert!(matches!(keys.find(&first.access_key_id, None, at(99)), Found::Ended), "its secret is wiped");
    assert!(matches!(keys.find(&"AKIAIOSFODNN7EXAMPLE".parse().unwrap(), None, NOW), Found::Foreign));
    let id = first.access_key_id.as_str();
    assert!(id.len() == 20 && id.starts_with("ASIALOCAL") && first.access_key_id.account().is_none());
    let shown = format!("{first:?} {keys:?}");
    assert!(!shown.contains(first.secret.secret_access_key.reveal()), "{shown}");
}

#[test]
fn a_role_becomes_a_session_of_the_workload_and_others_stay_as_they_are() {
    for (workload, principal, expected) in [
        (Some("app"), "arn:aws:iam::123456789012:role/r", "arn:aws:sts::123456789012:assumed-role/r/app"),
        (None, "arn:aws-cn:iam::123456789012:role/r", "arn:aws-cn:sts::123456789012:assumed-role/r/rds-guard"),
        (Some("app"), "arn:aws:iam::123456789012:role/path/r", "arn:aws:iam::123456789012:role/path/r"),
        (Some("app"), "arn:aws:iam::123456789012:user/ann", "arn:aws:iam::123456789012:user/ann"),
        (Some("app"), "arn:aws:sts::123456789012:assumed-role/r/s", "arn:aws:sts::123456789012:assumed-role/r/s"),
    ] {
        assert_eq!(holder(workload, principal).principal.as_ref().unwrap().as_str(), expected);
    }
}

fn names(found: &Found) -> Option<String> {
    match found {
        Found::Good { holder, .. } => Some(holder.workload.as_deref().unwrap_or("-").to_owned()),
        Found::Ended | Found::Foreign => None,
    }
}

#[test]
fn a_key_is_known_again_by_whoever_has_its_root_until_it_ends_and_by_nobody_else() {
    let principal = "arn:aws:iam::123456789012:role/r";
    let holders = || vec![holder(None, principal), holder(Some("a.b"), principal)];
    let root = Root::random(NOW).unwrap();
    let lifetime = Duration::from_secs(100);
    let before = LocalKeys::new(lifetime, holders(), vec![root.clone()]);
    let at = |seconds| NOW + Duration::from_secs(seconds);
    for (nth, name) in [(0, "-"), (1, "a.b")] {
        let LocalKey { access_key_id: id, secret, .. } = before.hand_out(&holders()[nth], NOW).unwrap();
        let token = secret.session_token.as_ref();
        let after = |lifetime, holders, roots| LocalKeys::new(lifetime, holders, roots).find(&id, token, at(50));
        let another = Root::random(NOW).unwrap();
        assert_eq!(names(&after(lifetime, holders(), vec![root.clone()])).as_deref(), Some(name));
        assert_eq!(names(&after(lifetime, holders(), vec![another.clone(), root.clone()])).as_deref(), Some(name));
        assert_eq!(names(&after(lifetime, holders(), vec![another])), None, "another root");
        assert_eq!(names(&after(lifetime, Vec::new(), vec![root.clone()])), None, "nobody holds it any more");
        assert_eq!(names(&after(Duration::from_secs(20), holders(), vec![root.clone()])), None, "keys end sooner now");

        let restarted = LocalKeys::new(lifetime, holders(), vec![root.clone()]);
        assert_eq!(names(&restarted.find(&id, None, at(50))), None, "without its token it is not known");
        assert_eq!(names(&restarted.find(&id, token, at(99))).as_deref(), Some(name));
        assert_eq!(names(&restarted.find(&id, None, at(99))).as_deref(), Some(name), "from then on it is");
        assert_eq!(names(&restarted.find(&id, token, at(100))), None, "it has ended");
        let again = LocalKeys::new(lifetime, holders(), vec![root.clone()]);
        assert_eq!(names(&again.find(&id, token, at(100))), None);
    }
}

#[test]
fn nothing_in_a_token_can_be_changed() {
    let principal = "arn:aws:iam::123456789012:role/r";
    let holders = vec![holder(None, principal), holder(Some("a"), principal), holder(Some("b"), principal)];
    let root = Root::random(NOW).unwrap();
    let lifetime = Duration::from_secs(100);
    let given = LocalKeys::new(lifetime, holders.clone(), vec![root.clone()]).hand_out(&holders[1], NOW).unwrap();
    let token = given.secret.session_token.unwrap();
    let (ends, rest) = token.reveal().split_once('.').unwrap();
    let (workload, code) = rest.rsplit_once('.').unwrap();
    assert_eq!(workload, "a");
    let later = ends.parse::<i64>().unwrap() - 1000;
    let other_id: AccessKeyId = "ASIALOCALBCDEFGHIJKL".parse().unwrap();
    let fresh = || LocalKeys::new(lifetime, holders.clone(), vec![root.clone()]);
    for (id, token) in [
        (&given.access_key_id, format!("{ends}.b.{code}")),
        (&given.access_key_id, format!("{ends}..{code}")),
        (&given.access_key_id, format!("{later}.a.{code}")),
        (&given.access_key_id, format!("+{ends}.a.{code}")),
        (&given.access_key_id, format!("{ends}.a.{}", code.replace(|_: char| true, "A"))),
        (&given.access_key_id, format!("{ends}.a.")),
        (&given.access_key_id, "x".into()),
        (&given.access_key_id, String::new()),
        (&other_id, token.reveal().to_owned()),
    ] {
        let found = fresh().find(id, Some(&SessionToken::new(token.as_str())), NOW);
        assert!(matches!(found, Found::Ended), "{id} {token}");
    }
    assert!(matches!(fresh().find(&given.access_key_id, Some(&token), NOW), Found::Good { .. }));
}

#[test]
fn a_root_is_a_line_of_a_file_and_shows_nothing() {
    let root = Root::random(NOW).unwrap();
    let line = root.to_line();
    let read = Root::from_line(line.trim_end()).unwrap();
    assert_eq!((read.to_line(), read.made()), (line.clone(), NOW));
    assert_eq!(format!("{root:?}"), "Root(..)");
    for wrong in ["", "1", "1 x", "x AAAA", "1 AAAA", &line.replace(' ', "")] {
        assert!(Root::from_line(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn a_root_is_followed_by_another_after_a_day_and_forgotten_when_its_keys_have_ended() {
    let lifetime = Duration::from_secs(900);
    let renewed = |roots: &[Root], now| Root::renewed(roots, now, lifetime).unwrap();
    let made = |roots: &[Root]| roots.iter().map(Root::made).collect::<Vec<_>>();
    let first = renewed(&[], NOW).unwrap();
    assert_eq!(made(&first), [NOW]);
    assert!(renewed(&first, NOW + Duration::from_secs(86_399)).is_none());
    let day = NOW + Duration::from_secs(86_400);
    let both = renewed(&first, day).unwrap();
    assert_eq!(made(&both), [day, NOW]);
    assert!(renewed(&both, day + Duration::from_secs(899)).is_none());
    assert_eq!(made(&renewed(&both, day + lifetime).unwrap()), [day]);
    // After a long pause no key of the old root can still be valid.
    assert_eq!(made(&renewed(&both, day + Duration::from_secs(90_000)).unwrap()).len(), 2);
    let later = day + Duration::from_secs(86_400 * 2);
    assert_eq!(made(&renewed(&both, later).unwrap()), [later, day]);
}
