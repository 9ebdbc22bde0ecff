//! Compares the wildcard matcher with the simplest implementation, and checks its running time.

use proptest::prelude::*;

use crate::aws::{RequestResource, ResourceKind};
use crate::policy::Truth;
use crate::policy::pattern::{Pattern, Target, Variables, Wildcards};
use crate::policy::statement::NoContext;

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text, Variables::Literal, Wildcards::Live).unwrap()
}

/// The definition: a `*` matches nothing, or one character and then the rest again.
pub(super) fn plainly_matches(pattern: &[char], text: &[char]) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some('*'), _) => {
            plainly_matches(&pattern[1..], text) || !text.is_empty() && plainly_matches(pattern, &text[1..])
        }
        (Some('?'), Some(_)) => plainly_matches(&pattern[1..], &text[1..]),
        (Some(a), Some(b)) => a == b && plainly_matches(&pattern[1..], &text[1..]),
        (_, _) => false,
    }
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn matches_what_the_definition_matches(p in "[ab*?é]{0,9}", text in "[abé]{0,9}") {
        let expected = Truth::from(plainly_matches(&chars(&p), &chars(&text)));
        prop_assert_eq!(pattern(&p).matches(&text, &NoContext), expected);
    }

    /// Every way to fill the unknown parts agrees with the result for the family.
    #[test]
    fn what_is_said_of_a_family_holds_for_each_of_its_members(
        p in "[ab*?1:]{0,8}",
        family in "[ab*]{0,4}",
        fill in "[ab1]{0,3}",
    ) {
        let resource = RequestResource { arn: family.as_str().into(), kind: ResourceKind::UnknownId };
        let member = family.replace('*', &fill);
        let said = pattern(&p).matches_target(&Target::new(&resource), &NoContext, Truth::False);
        let found = Truth::from(plainly_matches(&chars(&p), &chars(&member)));
        prop_assert!(said == Truth::Unknown || said == found, "{} {} {}: {:?} {:?}", p, family, member, said, found);
    }

    /// The result is unknown only if members differ, or if a proof would need more than covering symbol by symbol.
    #[test]
    fn nothing_of_a_family_matches_only_if_no_member_does(p in "[ab*?]{0,6}", family in "[ab]{0,2}\\*[ab]{0,2}") {
        let resource = RequestResource { arn: family.as_str().into(), kind: ResourceKind::Default };
        let said = pattern(&p).matches_target(&Target::new(&resource), &NoContext, Truth::False);
        let fills = (0..=6u32).flat_map(|length| {
            (0..1u32 << length).map(move |bits| (0..length).map(|at| if bits >> at & 1 == 1 { 'a' } else { 'b' }).collect::<String>())
        });
        let some = fills.into_iter().any(|fill| plainly_matches(&chars(&p), &chars(&family.replace('*', &fill))));
        prop_assert_eq!(said == Truth::False, !some, "{} {}", p, family);
    }
}

#[test]
fn an_unknown_account_is_any_twelve_digits() {
    let said = |p: &str| {
        let resource = RequestResource { arn: "arn:aws:rds:eu-west-1:unknown:db:a".into(), kind: ResourceKind::Exact };
        pattern(p).matches_target(&Target::new(&resource), &NoContext, Truth::False)
    };
    for all in ["*", "arn:aws:rds:*:*:db:a", "arn:aws:rds:eu-west-1:????????????:db:?", "arn:aws:rds:*:db:a", "arn:*"] {
        assert_eq!(said(all), Truth::True, "{all}");
    }
    for some in
        ["arn:aws:rds:*:123456789012:db:a", "arn:aws:rds:*:1*:db:a", "*2:db:a", "arn:aws:rds:*:???4????????:db:a"]
    {
        assert_eq!(said(some), Truth::Unknown, "{some}");
    }
    for none in [
        "arn:aws:rds:*:*:db:b",
        "arn:aws:rds:*:1234:db:a",
        "arn:aws:rds:*:unknown:db:a",
        "arn:aws:rds:eu-west-1:?:db:a",
    ] {
        assert_eq!(said(none), Truth::False, "{none}");
    }
}

#[test]
fn patterns_longer_than_the_inline_set_are_followed_too() {
    let long = format!("{}*z", "a".repeat(600));
    let of = |arn: String| {
        let resource = RequestResource { arn: arn.into(), kind: ResourceKind::UnknownId };
        pattern(&long).matches_target(&Target::new(&resource), &NoContext, Truth::False)
    };
    assert_eq!(of(format!("{}*z", "a".repeat(600))), Truth::True);
    assert_eq!(of(format!("{}*", "a".repeat(500))), Truth::Unknown);
    assert_eq!(of(format!("{}*y", "a".repeat(600))), Truth::False);
}

#[test]
fn fifty_stars_on_two_thousand_characters_stay_near_linear() {
    let value = |length: usize| format!("{}b", "a".repeat(length));
    // The last part fails, after everything before it has been found.
    let hard = pattern(&format!("{}c*", "a*".repeat(50)));
    let harder = pattern(&format!("{}*c*", "*aa?a".repeat(50)));
    let time = |pattern: &Pattern, length: usize| {
        let value = value(length);
        let once = || {
            let start = std::time::Instant::now();
            for _ in 0..200 {
                assert_eq!(std::hint::black_box(pattern).matches(&value, &NoContext), Truth::False);
            }
            start.elapsed()
        };
        (0..5).map(|_| once()).min().unwrap()
    };
    for pattern in [hard, harder] {
        let (short, long) = (time(&pattern, 2_000), time(&pattern, 16_000));
        assert!(long < short * 24, "8 times the text took {long:?} after {short:?}");
        assert!(short < std::time::Duration::from_millis(400), "200 matches took {short:?}");
    }
}
