//! The variables of the command, and how its exit is reported.

use std::{ffi::OsString, fs};

use super::{folder::Folder, keytool, no_proxy, node, profile, proxy, roots, summary::Summary, variables};
use crate::{
    cli::{Environment, env::Proxy},
    config::Config,
};

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new(variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

/// The variables of a command, and the notes.
fn given(variables: &[(&str, &str)]) -> (Vec<(String, String)>, Vec<String>) {
    let folder = Folder::create().unwrap();
    let door = Proxy::new("127.0.0.1:4321".parse().unwrap(), "/bundles", None);
    let given = variables::for_command(&environment(variables), &door, &folder, &Config::default()).unwrap();
    let text = |text: OsString| text.into_string().unwrap();
    (given.set.into_iter().map(|(name, value)| (text(name), text(value))).collect(), given.notes)
}

fn value(variables: &[(String, String)], name: &str) -> String {
    let found: Vec<&String> = variables.iter().filter(|(other, _)| other == name).map(|(_, value)| value).collect();
    assert_eq!(found.len(), 1, "{name}");
    found[0].clone()
}

#[test]
fn every_entry_of_no_proxy_that_covers_the_api_is_known() {
    let covering = [
        "*",
        "amazonaws.com",
        ".amazonaws.com",
        "*.amazonaws.com",
        "AMAZONAWS.COM",
        "amazonaws.com:443",
        "com",
        ".com",
        "us-east-1.amazonaws.com",
        ".eu-west-9.amazonaws.com",
        "rds.amazonaws.com",
        "rds.eu-west-1.amazonaws.com",
        "rds.eu-west-1.amazonaws.com:443",
        "rds-fips.us-east-2.amazonaws.com",
        "amazonaws.com.cn",
        "api.aws",
        ".aws",
        "rds.eu-west-1.vpce.amazonaws.com",
        ".vpce.amazonaws.com",
        "eu-west-1.vpce.amazonaws.com",
        "vpce-0123456789abcdef0-abcdefgh.rds.eu-west-1.vpce.amazonaws.com",
        "db-api.example",
        ".example",
        "eu",
    ];
    for entry in covering {
        let sifted = no_proxy::sift(entry, &["db-api.example"]);
        assert_eq!((sifted.taken_out.as_slice(), sifted.kept.len()), ([entry].as_slice(), 0), "{entry}");
    }
}

#[test]
fn other_entries_of_no_proxy_stay() {
    let others = [
        "localhost",
        "127.0.0.1",
        "10.0.0.0/8",
        "::1",
        "[fd00:ec2::254]",
        ".svc",
        ".cluster.local",
        "internal.example.com",
        "s3.amazonaws.com",
        "s3.eu-west-1.amazonaws.com",
        "sts.us-east-1.amazonaws.com",
        "evilamazonaws.com",
        "169.254.169.254:80",
    ];
    for entry in others {
        assert_eq!(no_proxy::sift(entry, &[]).kept, [entry], "{entry}");
    }
    let mixed = no_proxy::sift(" localhost, .amazonaws.com ,,10.0.0.1 corp", &[]);
    assert_eq!((mixed.kept, mixed.taken_out), (vec!["localhost", "10.0.0.1", "corp"], vec![".amazonaws.com"]));
}

#[test]
fn a_command_gets_both_spellings_and_keeps_what_is_its_own() {
    let (set, notes) = given(&[
        ("PATH", "/bin"),
        ("NO_PROXY", "corp.example,.amazonaws.com"),
        ("no_proxy", "other.example"),
        ("RDS_GUARD_POLICY", "policy.json"),
        ("NODE_OPTIONS", "--max-old-space-size=64"),
        ("JAVA_TOOL_OPTIONS", "-Xmx64m -Dhttps.proxyHost=corp"),
    ]);
    for name in ["HTTPS_PROXY", "https_proxy"] {
        assert_eq!(value(&set, name), "http://127.0.0.1:4321");
    }
    for name in ["NO_PROXY", "no_proxy"] {
        assert!(value(&set, name).starts_with("corp.example,other.example,localhost,127.0.0.1,"), "{name}");
    }
    assert_eq!(value(&set, "PATH"), "/bin");
    assert!(value(&set, "NODE_OPTIONS").starts_with("--max-old-space-size=64 --require \"/"));
    let java = value(&set, "JAVA_TOOL_OPTIONS");
    assert!(java.starts_with("-Xmx64m -Dhttps.proxyHost=corp -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=4321 "));
    assert!(!set.iter().any(|(name, _)| name.starts_with("RDS_GUARD_")));
    assert_eq!(
        notes,
        ["NO_PROXY held `.amazonaws.com`, which leads RDS API calls past the proxy: taken out for the command"]
    );
}

#[test]
fn a_proxy_or_an_endpoint_that_was_used_before_is_told_without_its_password() {
    let (_, notes) =
        given(&[("HTTPS_PROXY", "http://ann:s3cret@corp.example:3128"), ("AWS_ENDPOINT_URL", "http://localhost:4566")]);
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].starts_with("HTTPS_PROXY was `http://corp.example:3128`: "), "{}", notes[0]);
    assert!(
        notes[1].starts_with("AWS_ENDPOINT_URL is `http://localhost:4566`, which is not the RDS API"),
        "{}",
        notes[1]
    );
    let service = given(&[("AWS_ENDPOINT_URL_RDS", "https://rds.eu-west-1.amazonaws.com")]);
    assert_eq!(service.1, Vec::<String>::new());
}

#[test]
fn node_is_given_the_module_by_a_path_that_it_can_read() {
    assert_eq!(node::options(None, "/tmp/a b"), "--require \"/tmp/a b/node.cjs\"");
    assert_eq!(node::options(Some(" --no-warnings "), r#"/a"b\"#), r#"--no-warnings --require "/a\"b\\/node.cjs""#);
}

#[test]
fn the_profile_in_use_says_where_its_roots_are() {
    let text = "# ca_bundle = /commented\n[default]\nregion = eu-west-1\nca_bundle = /default.pem\n\n[ profile work ]\n\
                ca_bundle=/work.pem\n[profile none]\n ca_bundle =\n";
    assert_eq!(profile::value(text, "default", "ca_bundle"), Some("/default.pem"));
    assert_eq!(profile::value(text, "work", "ca_bundle"), Some("/work.pem"));
    assert_eq!(profile::value(text, "none", "ca_bundle"), None);
    assert_eq!(profile::value(text, "other", "ca_bundle"), None);
}

#[test]
fn what_every_variable_names_is_taken_over_once_and_what_holds_nothing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let root = |name: &str| {
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap().pem();
        fs::write(folder.path().join(name), &pem).unwrap();
        pem
    };
    let (corporate, node, hashed) = (root("corporate"), root("node"), root("hashed"));
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::create_dir(path("folder")).unwrap();
    fs::rename(path("hashed"), path("folder/12345678.0")).unwrap();
    let found = roots::of(&environment(&[
        ("AWS_CA_BUNDLE", &path("corporate")),
        ("SSL_CERT_FILE", &path("corporate")),
        ("NODE_EXTRA_CA_CERTS", &path("node")),
        ("SSL_CERT_DIR", &path("folder")),
        ("REQUESTS_CA_BUNDLE", &path("gone")),
    ]));
    let lines = |pem: &str| pem.replace("\r\n", "\n");
    for pem in [corporate, node, hashed] {
        assert_eq!(lines(&found.pem).matches(&lines(&pem)).count(), 1);
    }
    assert!(found.pem.matches("BEGIN CERTIFICATE").count() > 50, "the public roots are missing");
    assert_eq!(found.notes.len(), 1, "{:?}", found.notes);
    assert!(found.notes[0].starts_with(&format!("REQUESTS_CA_BUNDLE names `{}`", path("gone"))), "{}", found.notes[0]);
}

#[test]
fn the_last_of_several_options_of_java_counts() {
    let options =
        "-Da=1 -Djavax.net.ssl.trustStore=/one -Djavax.net.ssl.trustStorePassword=x -Djavax.net.ssl.trustStore=/two";
    assert_eq!(variables::java_option(options, "javax.net.ssl.trustStore"), Some("/two"));
    assert_eq!(variables::java_option(options, "javax.net"), None);
}

#[test]
fn the_chain_of_a_private_key_is_no_root() {
    let certificate = |name: &str| {
        let key = rcgen::KeyPair::generate().unwrap();
        rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap()
    };
    let [first, own, last] = ["first", "own", "last"].map(certificate);
    let listing = format!(
        "Keystore type: PKCS12\n\nYour keystore contains 3 entries\n\nAlias name: trustedCertEntry\nCreation date: Dec 1, \
         2026\nEntry type: trustedCertEntry\n\n{}\n\n*****\nAlias name: own\nEntry type: PrivateKeyEntry\nCertificate \
         chain length: 2\nCertificate[1]:\n{}\nCertificate[2]:\n{}\n*****\nAlias name: last\nEntry type: \
         trustedCertEntry\n\n{}\n",
        first.pem(),
        own.pem(),
        first.pem(),
        last.pem()
    );
    assert_eq!(keytool::certificates(&listing), [first.der().clone(), last.der().clone()]);
    assert_eq!(keytool::certificates("keytool error: java.io.IOException\n"), []);
}

#[test]
fn a_folder_that_cannot_be_made_is_told_with_the_way_out() {
    let failure = Folder::create_in("/proc/nowhere".as_ref()).unwrap_err().to_string();
    assert!(
        failure.starts_with("rds-guard: cannot make the folder of the bundle, `/proc/nowhere/rds-guard-exec-"),
        "{failure}"
    );
    assert!(failure.ends_with("rds-guard: next: set TMPDIR to a directory that can be written\n"), "{failure}");
}

#[test]
fn a_file_that_names_other_listeners_does_not_move_the_command_s_proxy() {
    use clap::Parser as _;
    #[derive(clap::Parser)]
    struct Run {
        #[command(flatten)]
        run: crate::cli::RunArgs,
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    fs::write(&file, "listen = \"127.0.0.1:3128\"\nlisten_direct = \"127.0.0.1:443\"\n[ca]\ndir = \"ca\"\n").unwrap();
    let args = Run::parse_from(["run", "--config", file.to_str().unwrap()]);
    let config = proxy::configure(&args.run, &Environment::default()).unwrap();
    assert_eq!((config.listen[0].port(), config.listen_direct.len(), config.admin.len()), (0, 0, 0));
    assert_eq!(config.ca.dir, None);
}

#[test]
fn the_line_at_the_end_counts() {
    let line = |allowed, denied| Summary { allowed, denied }.to_string();
    assert_eq!(line(0, 0), "rds-guard: no RDS API call came by\n");
    assert_eq!(line(1, 0), "rds-guard: 1 RDS API call, all allowed\n");
    assert_eq!(line(0, 1), "rds-guard: 1 RDS API call, 1 denied; --audit FILE records each with its reason\n");
    assert_eq!(line(3, 2), "rds-guard: 5 RDS API calls, 2 denied; --audit FILE records each with its reason\n");
}
