//! The authority's certificates with the verifiers that clients use: OpenSSL, Python, Node, Java, rustls.
//!
//! A verifier that is not installed is skipped.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

use rds_guard::intercept::authority::{Authority, Constrain, PublicRoots, Settings};
use rustls::{
    ServerConfig, ServerConnection,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use time::OffsetDateTime;

use crate::support::tools::{self, JAVA, KEYTOOL, NODE, OPENSSL, PYTHON};

const INSIDE: &str = "vpce-0a1b-x.rds.eu-west-1.vpce.amazonaws.com";
const OUTSIDE: &str = "www.example.com";

/// An authority on disk, and an attacker with its key who signs for a host outside the constraints.
struct Scene {
    dir: tempfile::TempDir,
    authority: Authority,
}

impl Scene {
    fn new(constrain: Constrain) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings {
            dir: Some(dir.path().join("ca")),
            publish: Some(dir.path().join("trust")),
            constrain,
            regions: vec!["eu-west-1".parse().unwrap()],
            public_roots: PublicRoots::System,
            ..Settings::default()
        };
        let authority = Authority::open(&settings, OffsetDateTime::now_utc()).unwrap();
        Self { dir, authority }
    }

    fn inside(&self) -> Arc<CertifiedKey> {
        self.authority.certified_key(INSIDE, OffsetDateTime::now_utc()).unwrap()
    }

    /// A leaf that only an attacker with the key can create: for a host, or an address, that the authority refuses.
    fn stolen(&self, san: rcgen::SanType) -> Arc<CertifiedKey> {
        let pem = fs::read_to_string(self.dir.path().join("ca/authority.pem")).unwrap();
        let chain: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap).collect();
        let key = rcgen::KeyPair::try_from(&PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
        let issuer = rcgen::Issuer::from_ca_cert_der(&chain[0], key).unwrap();
        let mut leaf = rcgen::CertificateParams::default();
        leaf.subject_alt_names = vec![san];
        leaf.distinguished_name = rcgen::DistinguishedName::new();
        leaf.is_ca = rcgen::IsCa::ExplicitNoCa;
        leaf.use_authority_key_identifier_extension = true;
        leaf.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        leaf.not_before = OffsetDateTime::now_utc() - time::Duration::hours(1);
        leaf.not_after = OffsetDateTime::now_utc() + time::Duration::hours(1);
        let leaf_key = rcgen::KeyPair::generate().unwrap();
        let certificate = leaf.signed_by(&leaf_key, &issuer).unwrap();
        let private = PrivateKeyDer::try_from(leaf_key.serialize_der()).unwrap();
        let signing = rustls::crypto::aws_lc_rs::sign::any_ecdsa_type(&private).unwrap();
        Arc::new(CertifiedKey::new(vec![certificate.der().clone(), chain[0].clone()], signing))
    }

    fn stolen_host(&self) -> Arc<CertifiedKey> {
        self.stolen(rcgen::SanType::DnsName(OUTSIDE.try_into().unwrap()))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join("trust").join(name)
    }
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// A TLS server on loopback that presents one certificate to every client and answers one HTTP request per
/// connection.
fn serve(key: Arc<CertifiedKey>) -> u16 {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Always(key)));
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let (Ok(mut socket), Ok(mut tls)) = (socket, ServerConnection::new(Arc::clone(&config))) else { continue };
            let mut stream = rustls::Stream::new(&mut tls, &mut socket);
            let mut first = [0; 1024];
            if stream.read(&mut first).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    port
}

/// Runs a client.
fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).concat()
}

/// The inside name must be accepted; the outside name and the address must be refused because of the constraints.
fn judge(scene: &Scene, refusal: &str, client: impl Fn(u16, &str) -> Output) {
    let inside = client(serve(scene.inside()), INSIDE);
    assert!(inside.status.success(), "inside: {}", said(&inside));
    let outside = client(serve(scene.stolen_host()), OUTSIDE);
    assert!(!outside.status.success() && said(&outside).contains(refusal), "outside: {}", said(&outside));
}

#[test]
fn openssl_accepts_the_chain_by_the_strictest_reading_of_rfc_5280() {
    if !tools::available(&[&OPENSSL]) {
        return;
    }
    for constrain in [Constrain::Suffixes, Constrain::Regions] {
        let scene = Scene::new(constrain);
        let write = |name: &str, der: &CertificateDer<'_>| {
            let path = scene.file(name);
            fs::write(&path, pem::encode(&pem::Pem::new("CERTIFICATE", der.to_vec()))).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let ca = scene.file("ca.pem").to_str().unwrap().to_owned();
        let verify = |key: &CertifiedKey| {
            let (leaf, above) = (write("leaf.pem", &key.cert[0]), write("above.pem", &key.cert[1]));
            let fixed =
                ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", &ca, "-untrusted", &above, &leaf];
            run("openssl", &fixed)
        };
        let inside = verify(&scene.inside());
        assert!(inside.status.success(), "{}", said(&inside));
        let outside = verify(&scene.stolen_host());
        assert!(said(&outside).contains("permitted subtree violation"), "{}", said(&outside));
        let address = verify(&scene.stolen(rcgen::SanType::IpAddress([127, 0, 0, 1].into())));
        assert!(said(&address).contains("excluded subtree violation"), "{}", said(&address));
    }
}

#[test]
fn openssl_s_client_accepts_the_chain_that_is_sent() {
    if !tools::available(&[&OPENSSL]) {
        return;
    }
    let scene = Scene::new(Constrain::Suffixes);
    let ca = scene.file("ca.pem");
    judge(&scene, "permitted subtree violation", |port, host| {
        let connect = format!("127.0.0.1:{port}");
        let options = ["-servername", host, "-verify_hostname", host, "-verify_return_error", "-x509_strict", "-brief"];
        let mut arguments = vec!["s_client", "-connect", &connect, "-CAfile", ca.to_str().unwrap()];
        arguments.extend(options);
        run("openssl", &arguments)
    });
}

#[test]
fn python_accepts_it_with_the_flags_that_3_13_sets_by_default() {
    if !tools::available(&[&PYTHON]) {
        return;
    }
    let scene = Scene::new(Constrain::Suffixes);
    let ca = scene.file("bundle.pem");
    let script = "import socket, ssl, sys\n\
                  c = ssl.create_default_context(cafile=sys.argv[1])\n\
                  c.verify_flags |= ssl.VERIFY_X509_STRICT | 0x80000\n\
                  c.wrap_socket(socket.create_connection(('127.0.0.1', int(sys.argv[2]))), server_hostname=sys.argv[3])\n";
    judge(&scene, "permitted subtree violation", |port, host| {
        run("python3", &["-c", script, ca.to_str().unwrap(), &port.to_string(), host])
    });
}

#[test]
fn node_accepts_it() {
    if !tools::available(&[&NODE]) {
        return;
    }
    let scene = Scene::new(Constrain::Suffixes);
    let ca = scene.file("bundle.pem");
    let script = "const [ca, port, servername] = process.argv.slice(1);\n\
                  const s = require('tls').connect({host: '127.0.0.1', port, servername,\n\
                    ca: require('fs').readFileSync(ca)}, () => process.exit(0));\n\
                  s.on('error', e => { console.error(e.message); process.exit(1); });\n";
    judge(&scene, "permitted subtree violation", |port, host| {
        run("node", &["-e", script, ca.to_str().unwrap(), &port.to_string(), host])
    });
}

#[test]
fn java_accepts_it_from_the_trust_store_and_honours_the_constraints_of_the_intermediate() {
    if !tools::available(&[&JAVA]) {
        return;
    }
    let scene = Scene::new(Constrain::Suffixes);
    let source = scene.dir.path().join("Connect.java");
    fs::write(&source, CONNECT).unwrap();
    let store = format!("-Djavax.net.ssl.trustStore={}", scene.file("truststore.p12").display());
    let fixed = [&store, "-Djavax.net.ssl.trustStorePassword=changeit", "-Djavax.net.ssl.trustStoreType=PKCS12"];
    judge(&scene, "name constraints check failed", |port, host| {
        let mut arguments: Vec<&str> = fixed.to_vec();
        let port = port.to_string();
        arguments.extend([source.to_str().unwrap(), &port, host]);
        run("java", &arguments)
    });
}

const CONNECT: &str = r#"
import javax.net.ssl.*;
public class Connect {
    public static void main(String[] a) throws Exception {
        var s = (SSLSocket) ((SSLSocketFactory) SSLSocketFactory.getDefault()).createSocket(
            new java.net.Socket("127.0.0.1", Integer.parseInt(a[0])), a[1], Integer.parseInt(a[0]), true);
        var p = s.getSSLParameters();
        p.setEndpointIdentificationAlgorithm("HTTPS");
        s.setSSLParameters(p);
        s.startHandshake();
    }
}
"#;

#[test]
fn keytool_finds_every_root_of_the_bundle_in_the_trust_store() {
    if !tools::available(&[&KEYTOOL]) {
        return;
    }
    let scene = Scene::new(Constrain::Suffixes);
    let store = scene.file("truststore.p12");
    let arguments = ["-list", "-keystore", store.to_str().unwrap(), "-storepass", "changeit"];
    let listed = run("keytool", &arguments);
    assert!(listed.status.success(), "{}", said(&listed));
    let bundle = fs::read_to_string(scene.file("bundle.pem")).unwrap();
    let roots = bundle.matches("BEGIN CERTIFICATE").count();
    assert!(roots > 100, "{roots} roots: the system's or Mozilla's, and ours");
    assert_eq!(said(&listed).matches("trustedCertEntry").count(), roots);
}

#[test]
fn openssl_verifies_the_mac_of_the_trust_store() {
    if !tools::available(&[&OPENSSL]) {
        return;
    }
    let scene = Scene::new(Constrain::Suffixes);
    let store = scene.file("truststore.p12");
    for (password, verifies) in [("pass:changeit", true), ("pass:another", false)] {
        let listed = run("openssl", &["pkcs12", "-in", store.to_str().unwrap(), "-passin", password, "-nokeys"]);
        assert_eq!(listed.status.success(), verifies, "{password}: {}", said(&listed));
    }
}

#[test]
fn a_process_killed_at_any_moment_leaves_a_directory_that_opens() {
    if let Ok(dir) = std::env::var(CHILD) {
        write_for_ever(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let this_test = "authority::a_process_killed_at_any_moment_leaves_a_directory_that_opens";
    for round in 0..12_u32 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", this_test, "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Read until the child is known to be at work, then a little further each round.
        let wanted = 1 + round * 5;
        let mut dot = [0; 1];
        let mut out = child.stdout.take().unwrap();
        for _ in 0..wanted {
            out.read_exact(&mut dot).unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let authority = Authority::open(&settings_of(dir.path()), OffsetDateTime::now_utc()).unwrap();
        let published = authority.published().unwrap();
        assert_eq!(fs::read_to_string(&published.ca_pem).unwrap(), authority.ca_pem());
        authority.certified_key(INSIDE, OffsetDateTime::now_utc()).unwrap();
    }
}

const CHILD: &str = "RDS_GUARD_TEST_WRITE_FOR_EVER";

fn settings_of(dir: &Path) -> Settings {
    let public = dir.join("public.pem");
    if !public.exists() {
        let other = Authority::open(&Settings::default(), OffsetDateTime::now_utc()).unwrap();
        fs::write(&public, other.ca_pem()).unwrap();
    }
    Settings { dir: Some(dir.join("ca")), public_roots: PublicRoots::File(public), ..Settings::default() }
}

/// Rotates in an endless loop, printing a dot each time, until it is killed.
fn write_for_ever(dir: &Path) -> ! {
    use rds_guard::intercept::authority::Switch;

    let settings = settings_of(dir);
    loop {
        Authority::open_and_rotate(&settings, OffsetDateTime::now_utc(), Switch::Now).unwrap();
        print!(".");
        std::io::stdout().flush().unwrap();
    }
}
