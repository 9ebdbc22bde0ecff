//! The clients, and a test for each.

use super::{Client, Connections, Way, by_proxy, commands, page, programs};

/// All that have a section, in the order of the page.
pub(super) const ALL: [&Client; 13] = [
    &BOTO3,
    &AWS_CLI,
    &JAVASCRIPT_AGENT,
    &JAVASCRIPT_ENVIRONMENT,
    &JAVASCRIPT_DIRECT,
    &RUST,
    &GO,
    &JAVA_URL_CONNECTION,
    &JAVA_URL_CONNECTION_DIRECT,
    &JAVA_HTTP_CLIENT,
    &JAVA_HTTP_CLIENT_DIRECT,
    &CURL,
    &RUBY_DIRECT,
];

const PROXY: (&str, &str) = ("HTTPS_PROXY", "{proxy}");
const AWS_CA_BUNDLE: (&str, &str) = ("AWS_CA_BUNDLE", "{bundle}");
const NODE: (&str, &str) = ("NODE_EXTRA_CA_CERTS", "{ca}");
const JAVA_PROXY: (&str, &str) = ("JAVA_TOOL_OPTIONS", "-Dhttps.proxyHost={host} -Dhttps.proxyPort={port}");
const JAVA_TRUST: (&str, &str) =
    ("JAVA_TOOL_OPTIONS", "-Djavax.net.ssl.trustStore={truststore} -Djavax.net.ssl.trustStorePassword=changeit");

pub(super) const BOTO3: Client = Client {
    name: "boto3",
    env: "boto3",
    way: Way::Proxy,
    find: programs::boto3,
    way_variables: &[PROXY],
    trust_variables: &[AWS_CA_BUNDLE],
    code: None,
    denial: "ClientError",
    distrust: "unable to get local issuer certificate",
    connections: Connections::Kept,
    pitfall: "`AWS_CA_BUNDLE` replaces the roots of every AWS client of the process, so it must name `bundle.pem`, not \
              `ca.pem`. A `NO_PROXY` that holds `amazonaws.com` or `.amazonaws.com` leads it past the proxy. Where it \
              does not trust the authority it tries again for some seconds before it says so.",
};

pub(super) const AWS_CLI: Client = Client {
    name: "AWS CLI 1",
    env: "aws-cli",
    way: Way::Proxy,
    find: programs::aws_cli,
    way_variables: &[PROXY],
    trust_variables: &[AWS_CA_BUNDLE],
    code: None,
    denial: "exit code 255",
    distrust: "unable to get local issuer certificate",
    connections: Connections::OneEach,
    pitfall: "In us-east-1 it calls `rds.amazonaws.com`, and takes no notice of `AWS_ENDPOINT_URL_RDS` there. For the \
              direct way that name, too, must lead to the proxy. Each command is a process with a connection of its own.",
};

const JAVASCRIPT_AGENT: Client = Client {
    name: "JavaScript SDK 3, with a proxy agent",
    env: "node",
    way: Way::Proxy,
    find: programs::javascript,
    way_variables: &[PROXY],
    trust_variables: &[NODE],
    code: Some(("js", programs::JAVASCRIPT, "agent")),
    denial: "RDSServiceException",
    distrust: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    connections: Connections::OneEach,
    pitfall: "Without the agent the SDK reads no proxy variable and goes past the proxy without a word. The agent opens \
              a connection for each call, also with `keepAlive`, and reads no `NO_PROXY`. `NODE_EXTRA_CA_CERTS` is read \
              once, when Node starts: setting it in code does nothing. It adds to Node's roots, so `ca.pem` will do.",
};

const JAVASCRIPT_ENVIRONMENT: Client = Client {
    name: "JavaScript SDK 3, with Node 24's own agent",
    env: "node",
    way: Way::Proxy,
    find: programs::javascript_on_node_24,
    way_variables: &[PROXY, ("NODE_USE_ENV_PROXY", "1")],
    trust_variables: &[NODE],
    code: Some(("js", programs::JAVASCRIPT, "own")),
    denial: "RDSServiceException",
    distrust: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    connections: Connections::Kept,
    pitfall: "Node reads proxy variables from version 24 on, where so configured, and for its global agent alone. The \
              SDK's default client makes an agent of its own, so the line of code is needed too.",
};

pub(super) const JAVASCRIPT_DIRECT: Client = Client {
    name: "JavaScript SDK 3, by default",
    env: "node",
    way: Way::Direct,
    find: programs::javascript,
    way_variables: &[],
    trust_variables: &[NODE],
    code: None,
    denial: "RDSServiceException",
    distrust: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    connections: Connections::Kept,
    pitfall: "`NodeHttp2Handler` speaks HTTP/2 alone, which rds-guard does not: its handshake is refused.",
};

pub(super) const RUST: Client = Client {
    name: "Rust SDK",
    env: "rust",
    way: Way::Proxy,
    find: programs::rust,
    way_variables: &[PROXY],
    trust_variables: &[("SSL_CERT_FILE", "{bundle}")],
    code: Some(("rust", programs::RUST, "lines")),
    denial: "SdkError::ServiceError",
    distrust: "UnknownIssuer",
    connections: Connections::Kept,
    pitfall: "A `BehaviorVersion` before v2025_08_07 reads no proxy variable and goes past the proxy. `AWS_CA_BUNDLE` \
              means nothing to it. `SSL_CERT_FILE` replaces the roots of everything in the process that reads it.",
};

pub(super) const GO: Client = Client {
    name: "Go SDK 2",
    env: "go",
    way: Way::Proxy,
    find: programs::go,
    way_variables: &[PROXY],
    trust_variables: &[AWS_CA_BUNDLE],
    code: None,
    denial: "smithy.APIError",
    distrust: "certificate signed by unknown authority",
    connections: Connections::Kept,
    pitfall: "`AWS_CA_BUNDLE` replaces all roots, those of `SSL_CERT_FILE` too. A `NO_PROXY` that holds \
              `amazonaws.com` or `.amazonaws.com` leads it past the proxy.",
};

const JAVA_URL_CONNECTION: Client = Client {
    name: "Java HttpURLConnection, with a proxy",
    env: "java",
    way: Way::Proxy,
    find: programs::url_connection,
    way_variables: &[JAVA_PROXY],
    trust_variables: &[JAVA_TRUST],
    code: None,
    denial: "status 403",
    distrust: "unable to find valid certification path to requested target",
    connections: Connections::Kept,
    pitfall: "Java reads no proxy variable: properties say where the proxy is, and `-Dhttp.nonProxyHosts` what goes \
              past it. `getInputStream` throws at a denial; the message is read from `getErrorStream`. A POST is sent \
              again, once, when a kept connection ends before the answer, unless `-Dsun.net.http.retryPost=false`.",
};

pub(super) const JAVA_URL_CONNECTION_DIRECT: Client = Client {
    name: "Java HttpURLConnection, by default",
    way: Way::Direct,
    way_variables: &[],
    pitfall: "The trust store replaces Java's own; it holds the public roots too. A name that has once been resolved \
              stays so for 30 seconds, or for ever under a security manager.",
    ..JAVA_URL_CONNECTION
};

const JAVA_HTTP_CLIENT: Client = Client {
    name: "Java HttpClient, with a proxy",
    find: programs::http_client,
    pitfall: "As above: properties, no variables. A client that is built with `.proxy(HttpClient.Builder.NO_PROXY)` \
              or with a `ProxySelector` of its own takes no notice of them.",
    ..JAVA_URL_CONNECTION
};

pub(super) const JAVA_HTTP_CLIENT_DIRECT: Client = Client {
    name: "Java HttpClient, by default",
    way: Way::Direct,
    way_variables: &[],
    pitfall: "It offers HTTP/2 besides HTTP/1.1 and takes the latter. A client that is built with an `SSLContext` of its \
              own takes no notice of the trust store.",
    ..JAVA_HTTP_CLIENT
};

pub(super) const CURL: Client = Client {
    name: "curl",
    env: "curl",
    way: Way::Proxy,
    find: programs::curl,
    way_variables: &[PROXY],
    trust_variables: &[("CURL_CA_BUNDLE", "{bundle}")],
    code: Some(("sh", commands::CURL, "lines")),
    denial: "status 403",
    distrust: "unable to get local issuer certificate",
    connections: Connections::OneEach,
    pitfall: "`--aws-sigv4` came with curl 7.75. Without `--fail-with-body` a denial is exit code 0.",
};

pub(super) const RUBY_DIRECT: Client = Client {
    name: "Ruby SDK 3, by default",
    env: "ruby",
    way: Way::Direct,
    find: programs::ruby,
    way_variables: &[],
    trust_variables: &[AWS_CA_BUNDLE],
    code: None,
    denial: "RDS::Errors::AccessDenied",
    distrust: "certificate verify failed",
    connections: Connections::Kept,
    pitfall: "It reads no proxy variable; the `http_proxy:` option of a client, or the direct way, leads it to \
              rds-guard. Tried with the core of the SDK, which Debian has, and three operations of RDS defined on it.",
};

#[test]
fn boto3() {
    by_proxy(&BOTO3);
}

#[test]
fn aws_cli() {
    by_proxy(&AWS_CLI);
}

#[test]
fn javascript_with_a_proxy_agent() {
    by_proxy(&JAVASCRIPT_AGENT);
}

#[test]
fn javascript_with_the_agent_of_node_24() {
    by_proxy(&JAVASCRIPT_ENVIRONMENT);
}

#[test]
fn rust() {
    by_proxy(&RUST);
}

#[test]
fn go() {
    by_proxy(&GO);
}

#[test]
fn java_url_connection_with_a_proxy() {
    by_proxy(&JAVA_URL_CONNECTION);
}

#[test]
fn java_http_client_with_a_proxy() {
    by_proxy(&JAVA_HTTP_CLIENT);
}

#[test]
fn curl() {
    by_proxy(&CURL);
}

#[test]
fn what_each_client_needs_is_what_env_prints_for_it() {
    for client in ALL {
        client.hold_env();
    }
}

#[test]
fn the_page_has_every_client_and_is_as_a_run_writes_it() {
    page::hold_whole();
}
