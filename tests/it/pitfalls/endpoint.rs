//! Endpoints that are not what they should be: other certificates, connections that end at the wrong moment.

use std::{
    io::Write as _,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair,
    KeyUsagePurpose, NameConstraints, date_time_ymd,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

use crate::support::{
    guard::{Endpoint, Guard},
    plainly::call,
    stage::{ALLOW_READS, DNS, HOST, Stage},
};

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// A chain and its key.
type Chain = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// An endpoint that shows whatever certificate it is given, and keeps what it is sent.
struct Fake {
    address: SocketAddr,
    shown: Arc<Mutex<Option<Chain>>>,
    heard: Arc<Mutex<Vec<String>>>,
}

/// What a fake does with a request, by how many came before it on the connection.
type Manners = fn(usize) -> Option<&'static [u8]>;

const POLITE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const KEPT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

impl Fake {
    fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (shown, heard) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(Vec::new())));
        let fake =
            Self { address: listener.local_addr().unwrap(), shown: Arc::clone(&shown), heard: Arc::clone(&heard) };
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, shown, heard) = (client.unwrap(), Arc::clone(&shown), Arc::clone(&heard));
                thread::spawn(move || serve(client, &shown, &heard, manners));
            }
        });
        fake
    }

    fn show(&self, chain: Chain) {
        *self.shown.lock().unwrap() = Some(chain);
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn serve(client: TcpStream, shown: &Mutex<Option<Chain>>, heard: &Mutex<Vec<String>>, manners: Manners) -> Option<()> {
    let (chain, key) = {
        let shown = shown.lock().unwrap();
        let (chain, key) = shown.as_ref()?;
        (chain.clone(), key.clone_key())
    };
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let mut stream = rustls::StreamOwned::new(rustls::ServerConnection::new(Arc::new(config)).unwrap(), client);
    for before in 0.. {
        let request = request(&mut stream)?;
        heard.lock().unwrap().push(request);
        // Without an answer the connection just ends.
        let answer = manners(before)?;
        stream.write_all(answer).ok()?;
        if answer == POLITE {
            stream.conn.send_close_notify();
            return stream.flush().ok();
        }
    }
    None
}

fn request(stream: &mut impl std::io::Read) -> Option<String> {
    let mut request = String::new();
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        request.push(char::from(byte[0]));
        if let Some((head, body)) = request.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase().split("content-length: ").nth(1).map(str::to_owned);
            let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok()).unwrap_or(0);
            if body.len() == length {
                return Some(request);
            }
        }
    }
}

fn authority(change: impl FnOnce(&mut CertificateParams)) -> Issuer {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.distinguished_name.push(rcgen::DnType::CommonName, "a test's authority");
    change(&mut params);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn leaf(issuer: &Issuer, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Chain {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.use_authority_key_identifier_extension = true;
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    (vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())))
}

fn stage(fake: &Fake, root: &Issuer) -> (Stage, Guard) {
    let stage = Stage::set(ALLOW_READS, &[]);
    let endpoint = Endpoint { region: "us-east-1", dns: DNS, address: fake.address };
    let allow = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    let guard = Guard::start_with(allow, &[endpoint], &root.pem(), &["RDS_GUARD_WORKERS=1"]);
    (stage, guard)
}

/// Certificates that prove nothing, each with why not.
fn bad(root: &Issuer) -> Vec<(&'static str, Chain)> {
    let plain = |_: &mut CertificateParams| {};
    let own = {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![DNS.to_owned()]).unwrap().self_signed(&key).unwrap();
        (vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())))
    };
    let narrow = authority(|params| {
        let permitted_subtrees = vec![GeneralSubtree::DnsName("example.com".into())];
        params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    });
    vec![
        ("expired", leaf(root, &[DNS], |p| p.not_after = date_time_ymd(2020, 1, 1))),
        ("not yet valid", leaf(root, &[DNS], |p| p.not_before = date_time_ymd(2100, 1, 1))),
        ("another host", leaf(root, &["evil.example"], plain)),
        ("another region", leaf(root, &["rds.eu-west-1.amazonaws.com"], plain)),
        ("another service", leaf(root, &["sts.us-east-1.amazonaws.com"], plain)),
        ("a suffix", leaf(root, &["amazonaws.com", "*.amazonaws.com", "us-east-1.amazonaws.com"], plain)),
        (
            "a look-alike",
            leaf(root, &["rds.us-east-1.amazonaws.com.evil.example", "xrds.us-east-1.amazonaws.com"], plain),
        ),
        (
            "a name in the subject alone",
            leaf(root, &[], |p| p.distinguished_name.push(rcgen::DnType::CommonName, HOST)),
        ),
        ("an address alone", leaf(root, &["127.0.0.1"], plain)),
        ("for clients", leaf(root, &[DNS], |p| p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth])),
        ("signed by itself", own),
        ("another authority", leaf(&authority(plain), &[DNS, HOST], plain)),
        ("an authority that may not", leaf(&narrow, &[DNS, HOST], plain)),
    ]
}

#[test]
fn a_certificate_that_no_client_would_take_is_not_taken() {
    let (fake, root) = (Fake::start(|_| Some(POLITE)), authority(|_| {}));
    let (stage, guard) = stage(&fake, &root);
    for (why, chain) in bad(&root) {
        fake.show(chain);
        let answer = call(&guard, &stage.good());
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("ServiceUnavailable"), "{why}: {answer}");
        assert_eq!(fake.heard(), [""; 0], "{why}");
    }
}

#[test]
fn the_certificate_may_be_for_the_dialled_name_or_for_the_service_and_for_nothing_else() {
    let (fake, root) = (Fake::start(|_| Some(POLITE)), authority(|_| {}));
    let (stage, guard) = stage(&fake, &root);
    let sets: [(&[&str], u16); 5] = [
        (&[DNS], 200),
        (&[HOST], 200),
        (&[DNS, HOST], 200),
        (&["*.rds.us-east-1.vpce.amazonaws.com"], 200),
        (&["vpce-0fffffffffffffff0-ffffffff.rds.us-east-1.vpce.amazonaws.com"], 503),
    ];
    for (names, status) in sets {
        fake.show(leaf(&root, names, |_| {}));
        let answer = call(&guard, &stage.good());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{names:?}: {answer}");
    }
    let records = guard.into_records();
    let detail = records.iter().rfind(|record| record["kind"] == "rds").unwrap()["detail"].clone();
    assert!(detail.as_str().unwrap().contains("not valid for"), "{detail}");
}

#[test]
fn a_kept_connection_that_ends_costs_a_read_nothing_and_a_write_is_never_sent_twice() {
    // Each connection answers once, takes the next request, and ends without a word.
    let (fake, root) = (Fake::start(|before| (before == 0).then_some(KEPT)), authority(|_| {}));
    fake.show(leaf(&root, &[DNS], |_| {}));
    let (stage, guard) = stage(&fake, &root);
    let write = stage.signed("us-east-1", "RebootDBInstance", &[("DBInstanceIdentifier", "orders")]);
    for _ in 0..6 {
        let answer = call(&guard, &stage.good());
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    let mut lost = 0;
    let writes = 6;
    for _ in 0..writes {
        let answer = call(&guard, &write);
        assert!(answer.starts_with("HTTP/1.1 200 ") || answer.contains("upstream_lost"), "{answer}");
        lost += usize::from(answer.contains("upstream_lost"));
    }
    assert!(lost > 0, "some met a connection that ended");
    let sent = fake.heard().iter().filter(|request| request.contains("Action=RebootDBInstance")).count();
    assert_eq!(sent, writes, "each exactly once");
}
