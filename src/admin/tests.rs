//! Which visitors are admitted, and which queries are accepted.

use http::Request;

use super::{answer::Refusal, query::Query, visitor};

fn visit(target: &str, headers: &[(&str, &str)]) -> Result<(), Refusal> {
    let mut request = Request::get(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).unwrap();
    visitor::check(request.uri(), request.headers(), &["guard.internal".to_owned()])
}

#[test]
fn addresses_localhost_and_configured_names_are_those_of_this_place() {
    for host in
        ["127.0.0.1:9901", "10.1.2.3", "[::1]:9901", "[::1]", "localhost:9901", "LOCALHOST", "Guard.internal:80"]
    {
        assert_eq!(visit("/", &[("host", host)]), Ok(()), "{host}");
    }
}

#[test]
fn a_name_that_anybody_may_point_here_is_none_of_this_place() {
    for host in [
        "evil.example:9901",
        "localhost.evil.example",
        "evil.localhost",
        "evil.guard.internal",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "evil@127.0.0.1",
        "2130706433",
        "0x7f.1",
        "127.1",
        "",
        "127.0.0.1, evil.example",
        "::1",
    ] {
        assert_eq!(visit("/api/status", &[("host", host)]), Err(Refusal::ForeignName), "{host}");
    }
    assert_eq!(visit("/", &[]), Err(Refusal::ForeignName));
    assert_eq!(visit("/", &[("host", "localhost"), ("host", "evil.example")]), Err(Refusal::ForeignName));
    assert_eq!(visit("http://evil.example/", &[("host", "localhost")]), Err(Refusal::ForeignName));
}

#[test]
fn other_sites_get_nothing_but_a_person_may_follow_a_link_to_the_page() {
    let visit = |target, more: &[(&str, &str)]| visit(target, &[&[("host", "localhost")], more].concat());
    for site in ["cross-site", "same-site"] {
        assert_eq!(visit("/api/decisions", &[("sec-fetch-site", site)]), Err(Refusal::CrossSite), "{site}");
        assert_eq!(visit("/", &[("sec-fetch-site", site)]), Err(Refusal::CrossSite), "{site}");
        let followed = [("sec-fetch-site", site), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        assert_eq!(visit("/", &followed), Ok(()));
        assert_eq!(visit("/api/status", &followed), Err(Refusal::CrossSite));
        let framed = [("sec-fetch-site", site), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")];
        assert_eq!(visit("/", &framed), Err(Refusal::CrossSite));
    }
    for site in ["same-origin", "none"] {
        assert_eq!(visit("/api/decisions", &[("sec-fetch-site", site)]), Ok(()));
    }
}

#[test]
fn queries_are_decoded_once_and_known_in_full() {
    let read = |query| Query::parse(Some(query), &["a", "b"]);
    let query = read("a=x%3Dy&b=&b=1%2b1+2&&a=%E2%82%AC").unwrap();
    assert_eq!(query.all("a").collect::<Vec<_>>(), ["x=y", "€"]);
    assert_eq!(query.text("b"), Ok(Some("1+1 2")));
    assert_eq!(query.text("a"), Err(Refusal::query("a", "it is given twice")));
    assert_eq!(query.read::<u8>("b").unwrap_err(), Refusal::query("b", "invalid digit found in string"));
    for broken in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=%+1"] {
        assert_eq!(read(broken).unwrap_err(), Refusal::query("a", "it is not percent-encoded UTF-8"), "{broken}");
    }
    for (unknown, name) in [("c=1", "c"), ("A=1", "A"), ("%63", "c"), ("%zz=1", "%zz")] {
        assert!(matches!(read(unknown), Err(Refusal::Query { parameter, .. }) if parameter == name), "{unknown}");
    }
}
