//! Probes the endpoints once, without a call to forward: for diagnosing why nothing gets through.

use std::{net::SocketAddr, time::Duration};

use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::Forward;
use crate::aws::{Region, endpoint::service_name};

/// The maximum size of the head of an answer that is read for its `Date`.
const LONGEST_HEAD: usize = 4096;

/// One name, and the probe results of its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The name.
    pub name: String,
    /// The region that it serves.
    pub region: Region,
    /// Its addresses and the probe result of each, or why there are none.
    pub addresses: Result<Vec<(SocketAddr, Reach)>, String>,
}

/// The result of connecting to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The connection failed.
    NoConnection {
        /// Why.
        why: String,
        /// Whether it was actively refused: nothing listens there, or a packet filter rejects it.
        is_refused: bool,
    },
    /// It accepts connections but presents no certificate that is valid for the name; the reason.
    NoTls(String),
    /// It is the service, or has the service's certificate.
    Answers {
        /// The value of its `Date` header.
        date: Option<String>,
    },
}

impl Forward {
    /// Probes every name of every endpoint concurrently; takes at most some seconds for each.
    pub async fn survey(&self) -> Vec<Sight> {
        let endpoints = self.0.destinations.endpoints.iter();
        let names = endpoints.flat_map(|endpoint| endpoint.dns.iter().map(|name| (name, &endpoint.region)));
        let mut looking = JoinSet::new();
        for (place, (name, region)) in names.enumerate() {
            let (forward, name, region) = (self.clone(), name.clone(), region.clone());
            looking.spawn(async move { (place, forward.look_at(&name, &region).await) });
        }
        let mut seen = looking.join_all().await;
        seen.sort_by_key(|(place, _)| *place);
        seen.into_iter().map(|(_, sight)| sight).collect()
    }

    /// Probes one name.
    pub async fn look_at(&self, name: &str, region: &Region) -> Sight {
        let found = self.0.connector.learn(name, region).await.map_err(|error| error.to_string());
        let addresses = match found {
            Ok(addresses) => {
                let mut looking = JoinSet::new();
                for address in addresses {
                    let (forward, name, region) = (self.clone(), name.to_owned(), region.clone());
                    looking.spawn(async move { (address, forward.reach(address, &name, &region).await) });
                }
                let mut reached = looking.join_all().await;
                reached.sort_by_key(|(address, _)| *address);
                Ok(reached)
            }
            Err(why) => Err(why),
        };
        Sight { name: name.to_owned(), region: region.clone(), addresses }
    }

    async fn reach(&self, address: SocketAddr, name: &str, region: &Region) -> Reach {
        let limit = self.0.connector.limit();
        let stream = match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                let is_refused = error.kind() == std::io::ErrorKind::ConnectionRefused;
                return Reach::NoConnection { why: error.to_string(), is_refused };
            }
            Err(_) => {
                let why = format!("no connection within {} s", limit.as_secs_f32());
                return Reach::NoConnection { why, is_refused: false };
            }
        };
        let service = service_name(region);
        let shaking = async {
            let config = self.0.connector.config(&service).map_err(std::io::Error::other)?;
            let server = ServerName::try_from(name.to_owned()).map_err(std::io::Error::other)?;
            TlsConnector::from(config).connect(server, stream).await
        };
        match timeout(limit, shaking).await {
            Ok(Ok(mut stream)) => Reach::Answers { date: date(&mut stream, &service, limit).await },
            Ok(Err(error)) => Reach::NoTls(error.to_string()),
            Err(_) => Reach::NoTls(format!("no handshake within {} s", limit.as_secs_f32())),
        }
    }
}

/// The `Date` of the answer to an unsigned request, which the service refuses without acting on it.
async fn date<S>(stream: &mut S, host: &str, limit: Duration) -> Option<String>
where
    S: AsyncReadExt + AsyncWriteExt + Unpin,
{
    let asking = async {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut head = Vec::new();
        while head.len() < LONGEST_HEAD && !head.windows(4).any(|end| end == b"\r\n\r\n") {
            if stream.read_buf(&mut head).await.ok()? == 0 {
                break;
            }
        }
        let head = String::from_utf8(head).ok()?;
        let line = head.lines().find_map(|line| line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case("date")));
        line.map(|(_, value)| value.trim().to_owned())
    };
    timeout(limit, asking).await.ok().flatten()
}
