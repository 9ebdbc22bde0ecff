//! With the broker: whether the service can obtain credentials that AWS accepts.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    time::Duration,
};

use super::{finding::Finding, process::Process};

/// Time limit for instance metadata, which is one hop away or does not exist.
const PATIENCE: Duration = Duration::from_secs(1);

/// The default address of instance metadata.
const METADATA: &str = "169.254.169.254:80";

/// Variables that contain or locate credentials.
const LEADS: [&str; 6] = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_PROFILE",
    "AWS_SHARED_CREDENTIALS_FILE",
];

/// Findings about one process. `brokers` are the broker's listeners.
pub(super) fn check(process: &Process, brokers: &[SocketAddr]) -> Vec<Finding> {
    let name = &process.name;
    let mut found = Vec::new();
    let leads: Vec<&str> = LEADS.into_iter().filter(|variable| process.value(variable).is_some()).collect();
    if !leads.is_empty() {
        found.push(Finding::error(
            "credentials-in-environment",
            format!(
                "{name} has {}: with those it can call RDS around the proxy, and they come before the broker's keys",
                leads.join(", ")
            ),
            "take them out of the service's container: eks.amazonaws.com/skip-containers in EKS, no task role in ECS",
        ));
    }
    match process.value("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
        Some(uri) if brokers.iter().any(|broker| uri.starts_with(&format!("http://{broker}/"))) => {
            if process.value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").is_none()
                && process.value("AWS_CONTAINER_AUTHORIZATION_TOKEN").is_none()
            {
                found.push(Finding::error(
                    "broker-token-missing",
                    format!("{name} asks the broker without a token, and gets no keys"),
                    "set AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE to the broker's token_file",
                ));
            }
        }
        Some(_) => found.push(Finding::error(
            "credentials-elsewhere",
            format!("{name} has an AWS_CONTAINER_CREDENTIALS_FULL_URI that is not the broker's"),
            "let it be http://BROKER/v1/credentials",
        )),
        None => found.push(Finding::error(
            "broker-not-named",
            format!("{name} has no AWS_CONTAINER_CREDENTIALS_FULL_URI, so it does not ask the broker for keys"),
            "set it to http://BROKER/v1/credentials",
        )),
    }
    found
}

/// Whether instance metadata, which hands out the node's role, is reachable from here.
pub(super) fn metadata(process: &Process) -> Option<Finding> {
    let endpoint = process.value("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    let address = match endpoint {
        Some(url) => url.trim_end_matches('/').rsplit("://").next().unwrap_or_default().to_owned(),
        None => METADATA.to_owned(),
    };
    let address = if address.contains(':') { address } else { format!("{address}:80") };
    answers(&address).then(|| {
        Finding::error(
            "metadata-reachable",
            format!("instance metadata answers at {address}: the node's role is to be had there, around the broker"),
            "give nodes an IMDS hop limit of 1 (HttpPutResponseHopLimit), or reject 169.254.169.254 for the service's user",
        )
    })
}

/// Whether the address answers a request for a metadata token.
fn answers(address: &str) -> bool {
    let asking = || -> std::io::Result<bool> {
        let address = address.to_socket_addrs()?.next().ok_or_else(|| std::io::Error::other("no address"))?;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let request = format!(
            "PUT /latest/api/token HTTP/1.1\r\nHost: {address}\r\nX-aws-ec2-metadata-token-ttl-seconds: 1\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(head == *b"HTTP/1.1 200" || head == *b"HTTP/1.0 200")
    };
    asking().unwrap_or(false)
}
