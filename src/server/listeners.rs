//! The listening sockets, and the kind of each listener.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use super::{Door, Error, Settings, Way};

/// The listening sockets.
#[derive(Debug)]
pub(super) struct Listeners {
    doors: Vec<(Door, TcpListener)>,
    pub(super) broker: Vec<TcpListener>,
    pub(super) admin: Vec<TcpListener>,
    pub(super) metrics: Vec<TcpListener>,
}

impl Listeners {
    pub(super) fn bind(settings: &Settings) -> Result<Self, Error> {
        let mut doors = Vec::new();
        let mut open = |way, workload: Option<&Arc<str>>, addresses: &[SocketAddr]| -> Result<(), Error> {
            for listener in bind(addresses)? {
                doors.push((Door { way, workload: workload.cloned() }, listener));
            }
            Ok(())
        };
        open(Way::Proxy, None, &settings.listen)?;
        open(Way::Direct, None, &settings.listen_direct)?;
        open(Way::Transparent, None, &settings.listen_transparent)?;
        open(Way::Endpoint, None, &settings.listen_endpoint)?;
        for workload in &settings.workloads {
            let name = Some(&workload.known.name);
            open(Way::Proxy, name, &workload.listen)?;
            open(Way::Direct, name, &workload.listen_direct)?;
            open(Way::Endpoint, name, &workload.listen_endpoint)?;
        }
        Ok(Self {
            doors,
            broker: bind(&settings.listen_broker)?,
            admin: bind(&settings.admin)?,
            metrics: bind(&settings.metrics)?,
        })
    }

    /// The addresses of the listeners of one kind that belong to no workload.
    pub(super) fn addresses(&self, way: Way) -> Vec<SocketAddr> {
        let doors = self.doors.iter().filter(|(door, _)| door.way == way && door.workload.is_none());
        doors.filter_map(|(_, listener)| listener.local_addr().ok()).collect()
    }

    /// The addresses of all client listeners, including those of workloads, with the names used in the ready line.
    pub(super) fn shown(&self) -> Vec<(&'static str, Vec<SocketAddr>)> {
        let ways = [
            ("proxy", Way::Proxy),
            ("direct", Way::Direct),
            ("transparent", Way::Transparent),
            ("endpoint", Way::Endpoint),
        ];
        let of = |way| self.doors.iter().filter(move |(door, _)| door.way == way);
        let found = |way| of(way).filter_map(|(_, listener)| listener.local_addr().ok()).collect();
        ways.into_iter().map(|(name, way)| (name, found(way))).chain([("broker", addresses(&self.broker))]).collect()
    }

    /// Duplicates the client listeners for a worker: the kernel passes each connection to one of the workers.
    pub(super) fn doors(&self) -> Result<Vec<(Door, TcpListener)>, Error> {
        let cloned = |(door, listener): &(Door, TcpListener)| Ok((door.clone(), listener.try_clone()?));
        self.doors.iter().map(cloned).collect::<std::io::Result<_>>().map_err(Error::Thread)
    }
}

fn bind(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, Error> {
    let bind = |address: &SocketAddr| {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    let bind = |address| bind(address).map_err(|source| Error::Listen { address: *address, source });
    addresses.iter().map(bind).collect()
}

pub(super) fn addresses(listeners: &[TcpListener]) -> Vec<SocketAddr> {
    listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
}
