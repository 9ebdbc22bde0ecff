//! Which requests are read unchanged, and which are refused.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

const GOOD: &str = "POST / HTTP/1.1\r\nHost: rds.us-east-1.amazonaws.com\r\nX-b:  two \r\nx-A: 1\r\nX-B: three\r\nContent-Length: 4\r\n\r\nAc=1";

fn parse(text: &str) -> Result<Request, Error> {
    Request::parse(Bytes::copy_from_slice(text.as_bytes()))
}

fn with_header(line: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n")
}

#[test]
fn names_order_case_and_values_stay_as_sent() {
    let request = parse(GOOD).unwrap();
    let names: Vec<_> = request.headers().map(|h| h.name.to_owned()).collect();
    assert_eq!(names, ["Host", "X-b", "x-A", "X-B", "Content-Length"]);
    assert_eq!(request.header_values("x-b").collect::<Vec<_>>(), [&b"two"[..], b"three"]);
    assert_eq!((request.method(), request.target(), &request.body()[..]), ("POST", "/", &b"Ac=1"[..]));
    assert_eq!(request.head_bytes().len() + 4, GOOD.len());
}

#[test]
fn only_the_named_lines_are_left_out_of_a_head() {
    let request = parse(GOOD).unwrap();
    assert_eq!(request.head().without(|_| false), request.head_bytes());
    assert_eq!(
        request.head().without(|name| name == "x-A" || name == "Content-Length"),
        "POST / HTTP/1.1\r\nHost: rds.us-east-1.amazonaws.com\r\nX-b:  two \r\nX-B: three\r\n\r\n"
    );
    assert_eq!(request.head().without(|_| true), "POST / HTTP/1.1\r\n\r\n");
}

#[test]
fn whatever_two_readers_could_read_differently_is_refused() {
    let cases: &[(&str, Error)] = &[
        ("Content-Length: 0\r\nContent-Length: 0", Error::ContentLengthRepeated),
        ("Content-Length: 0, 0", Error::ContentLengthRepeated),
        ("Content-Length: +0", Error::ContentLengthInvalid),
        ("Content-Length: 0x0", Error::ContentLengthInvalid),
        ("Content-Length: ", Error::ContentLengthInvalid),
        ("Content-Length: 0\r\nTransfer-Encoding: chunked", Error::LengthBesideTransferEncoding),
        ("Transfer-Encoding: chunked", Error::TransferEncoding),
        ("Transfer-Encoding: identity", Error::TransferEncoding),
        ("Host: b", Error::HostRepeated),
        ("X: a\r\n b", Error::FoldedHeader),
        ("X: a\r\n\tb", Error::FoldedHeader),
        ("X : a", Error::HeaderLine),
        ("X", Error::HeaderLine),
        ("X: a\nY: b", Error::BareLineFeed),
        ("X: a\rY: b", Error::BareCarriageReturn),
        ("X: a\0b", Error::HeaderLine),
        ("Upgrade: h2c", Error::Upgrade),
        ("Connection: keep-alive, Upgrade", Error::Upgrade),
        ("Connection: host", Error::ConnectionOption { name: "host".into() }),
        ("Content-Encoding: gzip", Error::ContentEncoding),
        ("Expect: 200-ok", Error::Expectation),
    ];
    for (line, error) in cases {
        assert_eq!(parse(&with_header(line)).unwrap_err(), *error, "{line:?}");
    }
}

#[test]
fn the_request_line_is_strict() {
    let host = "\r\nHost: a\r\n\r\n";
    for (line, error) in [
        ("PRI * HTTP/2.0", Error::Http2Preface),
        ("GET http://a/ HTTP/1.1", Error::Target),
        ("GET * HTTP/1.1", Error::Target),
        ("GET /#x HTTP/1.1", Error::Target),
        ("GET /\u{e9} HTTP/1.1", Error::Target),
        ("GET / HTTP/2.0", Error::Version),
        ("GET /", Error::RequestLine),
        ("GET  / HTTP/1.1", Error::RequestLine),
        ("\r\nGET / HTTP/1.1", Error::RequestLine),
    ] {
        assert_eq!(parse(&format!("{line}{host}")).unwrap_err(), error, "{line:?}");
    }
    assert_eq!(parse("GET / HTTP/1.1\r\n\r\n").unwrap_err(), Error::HostMissing);
    assert!(parse(&format!("GET / HTTP/1.0{host}")).is_ok());
}

#[test]
fn limits_are_exact() {
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(MAX_HEAD_BYTES));
    assert_eq!(parse(&long).unwrap_err(), Error::HeadTooLong { limit: MAX_HEAD_BYTES });
    let many = with_header(&vec!["X: y"; MAX_HEADERS].join("\r\n"));
    assert_eq!(parse(&many).unwrap_err(), Error::TooManyHeaders { limit: MAX_HEADERS });
    let head = Head::parse(Bytes::from_static(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")).unwrap();
    assert_eq!(Request::admit(&head, 9), Ok(9));
    assert_eq!(Request::admit(&head, 8), Err(Error::BodyTooLarge { length: 9, limit: 8 }));
    assert_eq!(Request::seal(head, Bytes::new()).unwrap_err(), Error::BodyLength { expected: 9, found: 0 });
}

#[test]
fn a_chunked_answer_ends_where_its_last_chunk_says() {
    let body = b"4;x=y\r\nWiki\r\n1\r\n\n\r\n0\r\nT: v\r\n\r\n";
    let mut bytes = body.to_vec();
    bytes.extend_from_slice(b"HTTP/1.1 200");
    for step in 1..bytes.len() {
        let mut scanner = ChunkScanner::default();
        let taken: usize = bytes.chunks(step).map(|part| scanner.scan(part).unwrap()).sum();
        assert_eq!((taken, scanner.is_done()), (body.len(), true), "in steps of {step}");
    }
    for wrong in ["x\r\n", "\r\n", "5\nabcde", "1\r\nab", "ffffffffffffffff\r\n"] {
        assert_eq!(ChunkScanner::default().scan(wrong.as_bytes()), Err(ChunkError), "{wrong:?}");
    }
}

#[test]
fn an_answer_with_two_framings_or_another_protocol_is_not_passed_on() {
    let head = |lines: &str| ResponseHead::parse(Bytes::from(format!("HTTP/1.1 200 OK\r\n{lines}\r\n")));
    assert_eq!(head("Content-Length: 3\r\n").unwrap().body(), BodyLength::Exactly(3));
    assert_eq!(head("Transfer-Encoding: chunked\r\n").unwrap().body(), BodyLength::Chunked);
    let until_close = head("").unwrap();
    assert_eq!((until_close.body(), until_close.keep_alive()), (BodyLength::UntilClose, false));
    assert!(!head("Content-Length: 3\r\nConnection: close\r\n").unwrap().keep_alive());
    for wrong in [
        "Content-Length: 3\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
    ] {
        assert!(head(wrong).is_none(), "{wrong:?}");
    }
    assert!(ResponseHead::parse(Bytes::from_static(b"HTTP/1.1 101 Switching\r\n\r\n")).is_none());
}

proptest! {
    #[test]
    fn the_end_of_a_head_does_not_depend_on_how_it_arrives(cut in 1usize..GOOD.len()) {
        let whole = head_end(GOOD.as_bytes(), 0);
        let first = head_end(&GOOD.as_bytes()[..cut], 0);
        let again = match first {
            Ok(None) => head_end(GOOD.as_bytes(), cut),
            found => found,
        };
        prop_assert_eq!(again, whole);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Request::parse(Bytes::from(bytes.clone()));
        let _ = ResponseHead::parse(Bytes::from(bytes.clone()));
        let _ = ChunkScanner::default().scan(&bytes);
    }
}
