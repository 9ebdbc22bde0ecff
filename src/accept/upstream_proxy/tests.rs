//! The requests that an upstream proxy receives, and how its answers are interpreted.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{Authority, BasicCredentials, UpstreamProxy, UpstreamProxyError};

/// Returns the request that a proxy with this answer received, and the result.
async fn ask(answer: &[&[u8]]) -> (String, Result<String, UpstreamProxyError>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let credentials = Some(BasicCredentials::new("Aladdin:open sesame"));
    let proxy = UpstreamProxy::new("127.0.0.1".into(), port, credentials, Vec::new());
    let target = Authority::parse("other.example:8443").unwrap();
    let proxied = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(stream.read_u8().await.unwrap());
        }
        for part in answer {
            stream.write_all(part).await.unwrap();
            stream.flush().await.unwrap();
            tokio::task::yield_now().await;
        }
        String::from_utf8(asked).unwrap()
    };
    let (asked, connected) = tokio::join!(proxied, proxy.connect(&target));
    let after = match connected {
        Ok((mut stream, _)) => {
            let mut after = String::new();
            stream.read_to_string(&mut after).await.unwrap();
            Ok(after)
        }
        Err(error) => Err(error),
    };
    (asked, after)
}

#[tokio::test]
async fn the_question_names_the_host_and_carries_the_credentials_and_what_follows_the_answer_is_the_tunnels() {
    let answers: [&[&[u8]]; 3] = [
        &[b"HTTP/1.1 200 Connection established\r\n\r\nSSH-2.0"],
        &[b"HTTP/1.0 200 OK\r\nVia: x\r\n\r", b"\nSSH-2.0"],
        &[b"H", b"TTP/1.1 204 x\r\n\r\nSSH", b"-2.0"],
    ];
    for answer in answers {
        let (asked, after) = ask(answer).await;
        assert_eq!(
            asked,
            "CONNECT other.example:8443 HTTP/1.1\r\nHost: other.example:8443\r\n\
             Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
        );
        assert_eq!(after.unwrap(), "SSH-2.0");
    }
}

#[tokio::test]
async fn a_refusal_and_what_is_no_answer_are_told_apart() {
    let refused = ask(&[b"HTTP/1.1 403 Forbidden\r\n\r\n"]).await.1.unwrap_err();
    assert!(matches!(refused, UpstreamProxyError::Refused { status: 403 }), "{refused}");
    let wanting = ask(&[b"HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\n\r\n"]).await.1.unwrap_err();
    assert!(matches!(wanting, UpstreamProxyError::Credentials), "{wanting}");
    let endless = [b'x'; 9000];
    let answers: [&[u8]; 4] = [b"", b"HTTP/1.1 200", b"SSH-2.0-x\r\n\r\n", &endless];
    for answer in answers {
        let error = ask(&[answer]).await.1.unwrap_err();
        assert!(matches!(error, UpstreamProxyError::Answer), "{error}");
    }
}

#[test]
fn hosts_that_are_reached_without_it_are_known_by_name_and_network() {
    let without = ["*.internal.example", "10.0.0.0/8"].map(|pattern| pattern.parse().unwrap()).to_vec();
    let proxy = UpstreamProxy::new("proxy.example".into(), 8080, None, without);
    let covers = |target: &str| proxy.covers(&Authority::parse(target).unwrap());
    assert!(covers("other.example:443") && covers("internal.example:443") && covers("192.0.2.1:443"));
    assert!(!covers("a.internal.example:443") && !covers("10.1.2.3:443") && !covers("[::ffff:10.1.2.3]:443"));
}

#[test]
fn credentials_show_nothing() {
    let proxy = UpstreamProxy::new("proxy.example".into(), 8080, Some(BasicCredentials::new("u:secret")), Vec::new());
    assert!(!format!("{proxy:?}").contains("dTpzZWNyZXQ"), "{proxy:?}");
}
