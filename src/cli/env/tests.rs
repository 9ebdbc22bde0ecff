//! The output for clients.

use super::{Client, Proxy, Shell};

fn proxy(listener: &str) -> Proxy {
    Proxy::new(listener.parse().unwrap(), "/it's here/", Some("10.96.0.1".to_owned()))
}

#[test]
fn without_a_client_no_variable_replaces_the_roots_of_a_process() {
    let variables = proxy("127.0.0.1:3128").variables(&[]);
    let names: Vec<&str> = variables.iter().map(|variable| variable.name).collect();
    assert_eq!(names, ["HTTPS_PROXY", "NO_PROXY", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]);
    assert!(variables.iter().all(|variable| variable.comment.is_none()));
}

#[test]
fn every_variable_that_replaces_roots_says_so() {
    let variables = proxy("127.0.0.1:3128").variables(&Client::ALL);
    for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "JAVA_TOOL_OPTIONS"] {
        let variable = variables.iter().find(|variable| variable.name == name).unwrap();
        assert!(variable.comment.unwrap().starts_with("replaces all roots of"), "{name}");
    }
}

#[test]
fn credentials_metadata_and_the_cluster_are_reached_directly() {
    let variables = proxy("127.0.0.1:3128").variables(&[Client::Boto3]);
    let direct: Vec<&str> = variables[1].value.split(',').collect();
    for host in ["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "[fd00:ec2::23]", "localhost"] {
        assert!(direct.contains(&host), "{host}");
    }
    for host in [".svc", ".cluster.local", "10.96.0.1"] {
        assert!(direct.contains(&host), "{host}");
    }
    assert!(!direct.iter().any(|host| host.contains("amazonaws")));
}

#[test]
fn a_listener_on_every_address_is_reached_on_loopback() {
    assert_eq!(proxy("0.0.0.0:3128").variables(&[])[0].value, "http://127.0.0.1:3128");
    assert_eq!(proxy("[::]:3128").variables(&[])[0].value, "http://[::1]:3128");
}

#[test]
fn each_form_quotes_as_its_reader_does() {
    let variables = proxy("127.0.0.1:3128").variables(&[Client::Boto3]);
    let line = |shell: Shell| {
        let text = shell.render(&variables);
        text.lines().find(|line| line.contains("here")).unwrap().to_owned()
    };
    assert_eq!(line(Shell::Sh), r"export AWS_CA_BUNDLE='/it'\''s here/bundle.pem'");
    assert_eq!(line(Shell::Fish), r"set -gx AWS_CA_BUNDLE '/it\'s here/bundle.pem'");
    assert_eq!(line(Shell::Dotenv), "AWS_CA_BUNDLE=/it's here/bundle.pem");
    assert_eq!(line(Shell::K8s), "  value: \"/it's here/bundle.pem\"");
    let list: serde_json::Value = serde_json::from_str(&Shell::Ecs.render(&variables)).unwrap();
    assert_eq!(list[2], serde_json::json!({ "name": "AWS_CA_BUNDLE", "value": "/it's here/bundle.pem" }));
}

#[test]
fn comments_stand_before_their_variables_and_beside_a_form_without_comments() {
    let variables = proxy("127.0.0.1:3128").variables(&Client::ALL);
    let comment = "replaces all roots of curl";
    for (shell, line) in [
        (Shell::Sh, "export CURL_CA_BUNDLE="),
        (Shell::Fish, "set -gx CURL_CA_BUNDLE "),
        (Shell::Dotenv, "CURL_CA_BUNDLE="),
        (Shell::K8s, "- name: CURL_CA_BUNDLE"),
    ] {
        let text = shell.render(&variables);
        assert!(text.contains(&format!("# {comment}\n{line}")), "{text}");
        assert!(shell.untold(&variables).is_empty());
    }
    assert!(Shell::Ecs.untold(&variables).contains(&format!("CURL_CA_BUNDLE {comment}")));
}
