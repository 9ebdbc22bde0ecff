//! Numbers, dates, networks and bytes in boundary cases.

use std::cmp::Ordering;
use std::net::IpAddr;

use crate::policy::value::{Binary, Decimal, Instant, Network};
use crate::policy::{Context, Limits, Lookup, Policy, Truth};

fn instant(text: &str) -> Instant {
    Instant::parse(text).unwrap_or_else(|| panic!("{text} is a date"))
}

#[test]
fn every_spelling_of_a_moment_is_the_same_moment() {
    for (a, b) in [
        ("2026-01-01T00:00:00Z", "1767225600"),
        ("2026-01-01", "2026-01-01T00:00Z"),
        ("2026-01", "2026-01-01"),
        ("2026-01-01T05:30:00+05:30", "2026-01-01T00:00:00z"),
        ("2025-12-31t16:00:00-08:00", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T23:59:00+23:59", "2026-01-01"),
        ("1970-01-01", "0"),
        ("1969-12-31T23:59:59Z", "-1"),
        ("2000-03-01", "951868800"),
        ("2000-02-29", "951782400"),
        ("2024-02-29T23:59:59Z", "1709251199"),
        ("2100-03-01", "4107542400"),
        ("0001-01-01", "-62135596800"),
        ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.500000000Z"),
    ] {
        assert_eq!(instant(a), instant(b), "{a} {b}");
    }
}

#[test]
fn moments_are_ordered() {
    let ordered =
        ["1970-01-01T00:00:00.000000001Z", "1970-01-01T00:00:00.1Z", "1", "2", "2026-01-31T00:00:01Z", "2026-02-01"];
    assert!(ordered.windows(2).all(|pair| instant(pair[0]) < instant(pair[1])));
    assert!(instant("1969-12-31T23:59:59.9Z") < instant("0"));
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "",
        "-",
        "2026",
        "2026-1-1",
        "2026-01-01T00:00:00.+5Z",
        "2026-01-01T00:00:00.Z",
        "2026-00-01",
        "2026-13-01",
        "2026-01-00",
        "2026-04-31",
        "2026-06-31",
        "2023-02-29",
        "2100-02-29",
        "2026-01-32",
        "2026-01-01-01",
        "2026-01T00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T24:00Z",
        "2026-01-01T00:60Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+00:60",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00 01:00",
        "2026-01-01T00Z",
        "2026-01-01 00:00Z",
        "1.5",
        "+1",
        "99999999999999999999",
    ] {
        assert!(Instant::parse(text).is_none(), "{text}");
    }
}

#[test]
fn numbers_are_compared_digit_by_digit() {
    let compare = |a: &str, b: &str| Decimal::parse(a).unwrap().compare(&Decimal::parse(b).unwrap());
    for (a, b, expected) in [
        ("100", "100.0", Ordering::Equal),
        ("007", "+7", Ordering::Equal),
        ("-0", "0.0", Ordering::Equal),
        ("9007199254740993", "9007199254740992", Ordering::Greater),
        ("10", "9", Ordering::Greater),
        ("-10", "-9", Ordering::Less),
        ("-1", "1", Ordering::Less),
        ("1", "-1", Ordering::Greater),
        ("0.5", "0.45", Ordering::Greater),
        ("1.05", "1.5", Ordering::Less),
        ("-1.05", "-1.5", Ordering::Greater),
    ] {
        assert_eq!(compare(a, b), expected, "{a} {b}");
    }
    for text in ["", "-", "+", ".", "1.", ".5", "1e3", "0x1", "1 ", "--1", "1.2.3", "١"] {
        assert!(Decimal::parse(text).is_none(), "{text}");
    }
}

#[test]
fn a_network_holds_its_addresses_and_no_others() {
    let holds =
        |network: &str, address: &str| Network::parse(network).unwrap().contains(address.parse::<IpAddr>().unwrap());
    for (network, inside, outside) in [
        ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
        ("10.1.2.3/31", "10.1.2.2", "10.1.2.4"),
        ("10.1.2.3", "10.1.2.3", "10.1.2.2"),
        ("128.0.0.0/1", "255.0.0.0", "127.0.0.0"),
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("::/0", "ffff::", "10.0.0.0"),
        ("2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"),
        ("2001:DB8:0::1", "2001:db8::1", "2001:db8::2"),
    ] {
        assert!(holds(network, inside), "{network} {inside}");
        assert!(!holds(network, outside), "{network} {outside}");
    }
    for text in [
        "",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0/8",
        "::/129",
        "fe80::1%eth0",
        "10.0.0.0/8/8",
    ] {
        assert!(Network::parse(text).is_none(), "{text}");
    }
}

#[test]
fn bytes_have_one_spelling() {
    let same = |a: &str, b: &str| Binary::parse(a).unwrap().same_bytes(&Binary::parse(b).unwrap());
    assert!(same("QUJD", "QUJD") && same("", "") && same("+/+/", "+/+/"));
    assert!(!same("QUJD", "QUJE") && !same("QQ==", "QUE="));
    for text in ["Q", "QQ", "QQ=", "QQ===", "QR==", "QUJ=", "QUF", "Q-Q=", "QUJD=", "====", "=", "QU D"] {
        assert!(Binary::parse(text).is_none(), "{text}");
    }
}

#[test]
fn the_last_symbol_leaves_no_bits_unused_whatever_letters_it_is_of() {
    for good in ["YQ==", "Yg==", "Yw==", "YWI=", "YWE=", "YWM=", "YWJj", "Y/8=", "4A=="] {
        assert!(Binary::parse(good).is_some(), "{good}");
    }
    for bad in ["YR==", "Yh==", "Ya==", "YWJ=", "YWF=", "YWb=", "Y/9=", "4B==", "Y+=="] {
        assert!(Binary::parse(bad).is_none(), "{bad}");
    }
}

/// A context in which every key has this lookup result.
struct Only(Lookup<'static>);

impl Context for Only {
    fn lookup<'a>(&'a self, _: &str) -> Lookup<'a> {
        self.0
    }
}

fn holds(condition: &str, found: Lookup<'static>) -> Truth {
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*",
            "Condition":{condition}}}}}"#
    );
    let policy = Policy::parse(&policy, &Limits::default()).unwrap();
    policy.statements()[0].conditions()[0].truth(&Only(found))
}

#[test]
fn a_key_that_is_there_with_a_value_that_is_not_known_is_not_null_and_else_undecided() {
    for (condition, expected) in [
        (r#"{"Null":{"aws:userid":"true"}}"#, Truth::False),
        (r#"{"Null":{"aws:userid":"false"}}"#, Truth::True),
        (r#"{"StringEquals":{"aws:userid":"AIDAEXAMPLE"}}"#, Truth::Unknown),
        (r#"{"StringNotEqualsIfExists":{"aws:userid":"AIDAEXAMPLE"}}"#, Truth::Unknown),
        (r#"{"ForAllValues:StringLike":{"aws:userid":"AIDA*"}}"#, Truth::Unknown),
        (r#"{"StringEquals":{"aws:username":"${aws:userid, 'x'}"}}"#, Truth::Unknown),
    ] {
        assert_eq!(holds(condition, Lookup::Present), expected, "{condition}");
    }
}

#[test]
fn a_span_of_time_decides_what_is_the_same_for_all_of_it() {
    // 2026-01-01T00:00:00Z is 1767225600.
    let (from, until) = (1_767_225_600, 1_767_225_610);
    let at = |seconds: i64| format!("{}", from + seconds);
    use Truth::{False, True, Unknown};
    for (operator, before, first, inside, last, after) in [
        ("DateLessThan", False, False, Unknown, Unknown, True),
        ("DateLessThanEquals", False, Unknown, Unknown, True, True),
        ("DateGreaterThan", True, Unknown, Unknown, False, False),
        ("DateGreaterThanEquals", True, True, Unknown, Unknown, False),
        ("DateEquals", False, Unknown, Unknown, Unknown, False),
        ("DateNotEquals", True, Unknown, Unknown, Unknown, True),
        ("DateLessThanIfExists", False, False, Unknown, Unknown, True),
        ("ForAnyValue:DateLessThan", False, False, Unknown, Unknown, True),
        ("StringEquals", Unknown, Unknown, Unknown, Unknown, Unknown),
        ("NumericLessThan", Unknown, Unknown, Unknown, Unknown, Unknown),
    ] {
        for (seconds, expected) in [(-1, before), (0, first), (5, inside), (10, last), (11, after)] {
            let condition = format!(r#"{{"{operator}":{{"aws:TokenIssueTime":"{}"}}}}"#, at(seconds));
            assert_eq!(holds(&condition, Lookup::Between(from, until)), expected, "{operator} {seconds}");
        }
    }
    let one = Lookup::Between(from, from);
    assert_eq!(holds(&format!(r#"{{"DateEquals":{{"aws:TokenIssueTime":"{from}"}}}}"#), one), True);
    assert_eq!(holds(r#"{"Null":{"aws:TokenIssueTime":"true"}}"#, one), False);
    // No instant equals all of a span's. The two dates are compared separately, and each comparison is false for the
    // whole span.
    let two = format!(r#"{{"DateEquals":{{"aws:TokenIssueTime":["{}","{}"]}}}}"#, at(-1), at(11));
    assert_eq!(holds(&two, Lookup::Between(from, until)), False);
}
