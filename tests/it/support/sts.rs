//! STS, or another service that issues credentials, in plain HTTP.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

type Answer = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// A running service; it lives as long as the tests.
pub(crate) struct Sts {
    pub(crate) address: SocketAddr,
}

impl Sts {
    /// Answers every request with this XML.
    pub(crate) fn start(xml: &str) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), xml)
    }

    /// Like [`Self::start`], at a given address.
    pub(crate) fn start_at(address: SocketAddr, xml: &str) -> Self {
        let xml = xml.to_owned();
        Self::answering(address, move |_| xml.clone())
    }

    /// Answers every request, as far as it has arrived, with a function.
    pub(crate) fn answering(address: SocketAddr, answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let answer: Answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, answer) = (stream.unwrap(), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &answer));
            }
        });
        Self { address }
    }
}

/// Reads one request, and answers it.
fn serve(mut stream: TcpStream, answer: &Answer) {
    let mut bytes = [0; 8192];
    while let Ok(length) = stream.read(&mut bytes)
        && length > 0
    {
        let body = answer(std::str::from_utf8(&bytes[..length]).unwrap());
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n", body.len());
        drop(stream.write_all((head + &body).as_bytes()));
    }
}

/// A call of STS as SDKs send it, signed with this key. The signature is not checked.
pub(crate) fn asked(host: &str, key: &str, form: &str) -> String {
    let form = format!("{form}&Version=2011-06-15");
    format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded; charset=utf-8\r\n\
         X-Amz-Date: 20261124T113000Z\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential={key}/20261124/us-east-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date, \
         Signature={}\r\nContent-Length: {}\r\n\r\n{form}",
        "0123456789abcdef".repeat(4),
        form.len()
    )
}

/// The parameters of every call for a role session.
pub(crate) fn role(name: &str, session: &str) -> String {
    format!("RoleArn=arn:aws:iam::123456789012:role/{name}&RoleSessionName={session}")
}

/// The answer to a call with this name, which issues a key to a user.
pub(crate) fn given(action: &str, user: &str, (key, secret, token): (&str, &str, &str)) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>{user}<Credentials>\
         <AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
         <SessionToken>{token}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         </{action}Result></{action}Response>"
    )
}
