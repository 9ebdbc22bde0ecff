//! The faults: what fails, during which call, and the time limits.

use std::time::Duration;

use super::{
    certificates::Shown,
    dns::Says,
    service::Fault,
    world::{Call, World, ZONAL},
};
use crate::support::stage::DNS;

/// One fault.
pub(crate) struct Row {
    pub(crate) part: &'static str,
    pub(crate) fault: &'static str,
    pub(crate) fail: Box<dyn Fn(&mut World) + Send + Sync>,
    pub(crate) call: Call,
    /// The number of addresses of the endpoint.
    pub(crate) addresses: u8,
    /// The time to live of DNS answers, in seconds.
    pub(crate) ttl: u32,
    /// Whether DNS has known no name before it fails.
    pub(crate) unlearned: bool,
    /// Whether there is a pooled connection when it fails.
    pub(crate) kept: bool,
    /// Whether the call is made twice, and only the second one counts.
    pub(crate) second: bool,
    pub(crate) arguments: &'static [&'static str],
    pub(crate) audit: Audit,
    /// Maximum duration of the call.
    pub(crate) took: Duration,
    /// Maximum time until full recovery.
    pub(crate) well: Duration,
}

/// The destination of the records of a row's proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audit {
    /// To a file.
    File,
    /// To a disk that is always full.
    Full,
    /// To a disk of 64 kB.
    Small,
    /// To a pipe without a reader.
    Pipe,
}

impl Row {
    fn new(part: &'static str, fault: &'static str, fail: impl Fn(&mut World) + Send + Sync + 'static) -> Self {
        Self {
            part,
            fault,
            fail: Box::new(fail),
            call: Call::Read,
            addresses: 1,
            ttl: 60,
            unlearned: false,
            kept: false,
            second: false,
            arguments: &[],
            audit: Audit::File,
            took: Duration::from_secs(1),
            well: Duration::from_secs(2),
        }
    }

    fn write(self) -> Self {
        Self { call: Call::Write, ..self }
    }

    fn call(self, call: Call) -> Self {
        Self { call, ..self }
    }

    fn of(self, addresses: u8) -> Self {
        Self { addresses, ..self }
    }

    fn ttl(self, ttl: u32) -> Self {
        Self { ttl, ..self }
    }

    fn unlearned(self) -> Self {
        Self { unlearned: true, ttl: 1, ..self }
    }

    fn kept(self) -> Self {
        Self { kept: true, ..self }
    }

    fn second(self) -> Self {
        Self { second: true, ..self }
    }

    fn with(self, arguments: &'static [&'static str]) -> Self {
        Self { arguments, ..self }
    }

    fn audit(self, audit: Audit) -> Self {
        Self { audit, ..self }
    }

    fn took(self, milliseconds: u64) -> Self {
        Self { took: Duration::from_millis(milliseconds), ..self }
    }

    fn well(self, milliseconds: u64) -> Self {
        Self { well: Duration::from_millis(milliseconds), ..self }
    }
}

/// The first address fails in this way.
fn first(fault: Fault) -> impl Fn(&mut World) + Send + Sync {
    move |world| world.services[0].set(fault)
}

/// The endpoint's name gets this answer.
fn dns(says: impl Fn(&World) -> Says + Send + Sync) -> impl Fn(&mut World) + Send + Sync {
    move |world| world.dns.set(DNS, says(world))
}

const FIRST_BYTE: &[&str] = &["RDS_GUARD_UPSTREAM__FIRST_BYTE=2s"];
const PAUSE: &[&str] = &["RDS_GUARD_UPSTREAM__IDLE=2s"];
const REFUSE: &[&str] = &["RDS_GUARD_AUDIT__ON_FULL=refuse", "RDS_GUARD_AUDIT__QUEUE=8"];
const TWO_NAMES: &[&str] = &[
    "--endpoint",
    "us-east-1=vpce-0123456789abcdef0-abcd1234.rds.us-east-1.vpce.amazonaws.com,vpce-0123456789abcdef0-abcd1234-us-east-1b.rds.us-east-1.vpce.amazonaws.com",
];

/// All faults.
pub(crate) fn all() -> Vec<Row> {
    [one_address(), several_addresses(), answers(), kept_connections(), names(), routing(), clock(), audit()]
        .into_iter()
        .flatten()
        .collect()
}

fn one_address() -> Vec<Row> {
    let row = |fault, fail: Fault| Row::new("The endpoint's only address", fault, first(fail));
    let part = "The endpoint's only address";
    vec![
        Row::new(part, "refuses connections", |world| world.services[0].stop()),
        Row::new(part, "drops all packets", |world| world.drop_packets(0)).took(3500).well(3500),
        row("resets connections as they stand", Fault::ResetOnConnect),
        row("closes connections as they stand", Fault::CloseOnConnect),
        row("accepts and says nothing", Fault::HangInHandshake).took(3500),
        row("speaks plain HTTP", Fault::GarbageInHandshake),
        row("refuses the handshake", Fault::AlertInHandshake),
        row("ends in the middle of the handshake", Fault::CutInHandshake),
        row("shows a certificate for another name", Fault::Shows(Shown::Elsewhere)),
        row("shows a certificate of an unknown authority", Fault::Shows(Shown::Stranger)),
        row("shows an expired certificate", Fault::Shows(Shown::Expired)),
        row("shows a certificate from the future", Fault::Shows(Shown::Early)),
        row("shows the certificate of the service's name", Fault::Shows(Shown::Service)),
    ]
}

fn several_addresses() -> Vec<Row> {
    let part = "The first of three addresses";
    let row = |fault, fail: Fault| Row::new(part, fault, first(fail)).of(3);
    vec![
        Row::new(part, "refuses connections", |world| world.services[0].stop()).of(3),
        Row::new(part, "drops all packets", |world| world.drop_packets(0)).of(3),
        Row::new(part, "drops all packets; the second call", |world| world.drop_packets(0)).of(3).second().took(200),
        row("resets connections as they stand", Fault::ResetOnConnect),
        row("closes connections as they stand", Fault::CloseOnConnect),
        row("accepts and says nothing", Fault::HangInHandshake),
        row("accepts and says nothing; the second call", Fault::HangInHandshake).second().took(200),
        row("speaks plain HTTP", Fault::GarbageInHandshake),
        row("refuses the handshake", Fault::AlertInHandshake),
        row("shows an expired certificate", Fault::Shows(Shown::Expired)),
        row("shows a certificate for another name", Fault::Shows(Shown::Elsewhere)),
        row("accepts, and resets the request unread", Fault::ResetOnRequest),
        row("accepts, and resets the request unread; the second call", Fault::ResetOnRequest).second(),
        Row::new(part, "and the second drop all packets", |world| {
            world.drop_packets(0);
            world.drop_packets(1);
        })
        .of(3),
        Row::new("The endpoint's first name", "cannot be resolved, the zonal one can", |world| {
            world.dns.set(DNS, Says::NoName);
        })
        .of(2)
        .with(TWO_NAMES),
        Row::new("The endpoint's first name", "gets no answer from DNS, the zonal one does", |world| {
            world.dns.set(DNS, Says::Silence);
        })
        .of(2)
        .with(TWO_NAMES),
    ]
}

fn answers() -> Vec<Row> {
    let row = |fault, fail: Fault| Row::new("Instead of an answer", fault, first(fail));
    let body = |fault, fail: Fault| Row::new("The answer", fault, first(fail));
    vec![
        row("the connection is closed; the call reads", Fault::CloseInsteadOfAnswer),
        row("the connection is closed; the call writes", Fault::CloseInsteadOfAnswer).write(),
        row("the connection is reset; the call writes", Fault::ResetInsteadOfAnswer).write(),
        row("nothing comes (`upstream.first_byte` 2 s)", Fault::HangInsteadOfAnswer)
            .write()
            .with(FIRST_BYTE)
            .took(3000),
        row("half a head comes, then the end", Fault::Says(b"HTTP/1.1 200 OK\r\nContent-Ty")),
        row("half a head comes, then a reset", Fault::SaysAndResets(b"HTTP/1.1 200 OK\r\nContent-Ty")).write(),
        row("half a head comes, then nothing (2 s)", Fault::SaysAndHangs(b"HTTP/1.1 200 OK\r\n"))
            .with(FIRST_BYTE)
            .took(3000),
        row("a head comes that never ends", Fault::EndlessHead),
        row("garbage comes", Fault::Says(b"\x00\x01\x02 this is not HTTP\r\n\r\n")),
        row("HTTP/2 comes", Fault::Says(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
        row("a switch of protocols comes", Fault::Says(b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n")),
        row(
            "an answer with two framings comes",
            Fault::Says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ),
        row(
            "an answer with two lengths comes",
            Fault::Says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        ),
        body("ends before its length", Fault::Says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")),
        body("is reset before its length", Fault::SaysAndResets(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")),
        body(
            "pauses for longer than `upstream.idle` (2 s)",
            Fault::SaysAndHangs(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
        )
        .with(PAUSE)
        .took(3000),
        body(
            "ends in the middle of a chunk",
            Fault::Says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf"),
        ),
        body(
            "has chunks that are none",
            Fault::Says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalfxx\r\n"),
        ),
        body("ends with its connection, as it may", Fault::Says(b"HTTP/1.1 200 OK\r\n\r\nall of it")),
        body("ends with its connection, by a reset", Fault::SaysAndResets(b"HTTP/1.1 200 OK\r\n\r\nhalf")),
        body("comes byte by byte", Fault::Dribbles),
        body("comes after a thousand interim ones", Fault::ManyInterim),
        body("comes after a second", Fault::Late(1000)).took(2000),
        body("is 503 of the service itself", Fault::Says(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")),
        body("comes while 900 kB are still being sent", Fault::EarlyRefusal).call(Call::Large),
        Row::new("The request", "of 900 kB is not read (`upstream.first_byte` 2 s)", first(Fault::StopsReading))
            .call(Call::Large)
            .with(FIRST_BYTE)
            .took(3000),
    ]
}

fn kept_connections() -> Vec<Row> {
    let part = "A kept connection";
    let row = |fault, fail: Fault| Row::new(part, fault, first(fail)).kept();
    let cut = |world: &mut World| world.services[0].cut();
    let gone = |world: &mut World| {
        world.drop_packets(0);
    };
    vec![
        Row::new(part, "was closed while idle; the call reads", cut).kept(),
        Row::new(part, "was closed while idle; the call writes", cut).kept().write(),
        row("is closed right after its last answer", Fault::CloseAfterAnswer).second(),
        row("is reset right after its last answer", Fault::ResetAfterAnswer).second(),
        row("carries a second answer to no request", Fault::SecondAnswer).second(),
        row("is closed just as the request arrives; the call reads", Fault::CloseOnReuse),
        row("is closed just as the request arrives; the call writes", Fault::CloseOnReuse).write(),
        row("never answers again (`upstream.first_byte` 2 s)", Fault::HangOnReuse).write().with(FIRST_BYTE).took(3000),
        Row::new(part, "leads to an address that drops all packets; the call reads", gone).of(2).kept().took(5000),
        Row::new(part, "leads to an address that drops all packets; the call writes", gone)
            .of(2)
            .kept()
            .write()
            .took(5000),
        Row::new(part, "led to an endpoint that was restarted", |world| {
            world.services[0].stop();
            world.services[0].listen_again();
        })
        .kept()
        .write(),
    ]
}

fn names() -> Vec<Row> {
    let part = "DNS";
    let row = |fault, says: fn(&World) -> Says| Row::new(part, fault, dns(says)).unlearned();
    vec![
        row("says that there is no such name", |_| Says::NoName).well(3000),
        row("says that the name has no address", |_| Says::NoAddress).well(3000),
        row("fails (SERVFAIL)", |_| Says::Code(2)).well(3000),
        row("refuses", |_| Says::Code(5)).well(3000),
        row("is silent", |_| Says::Silence).took(11_000).well(3000),
        row("answers with garbage", |_| Says::Garbage).took(11_000).well(3000),
        row("answers with another question's id", |w| Says::WrongId(w.addresses(), 1)).took(11_000).well(3000),
        row("is silent for IPv6", |w| Says::SilentForV6(w.addresses(), 60)),
        row("truncates over UDP", |w| Says::Truncated(w.addresses(), 60)),
        row("fails every other time", |w| Says::Flaps(w.addresses(), 1)),
        Row::new(part, "answers with an alias", |world| {
            world.dns.set(ZONAL, Says::Addresses(world.addresses(), 60));
            world.dns.set(DNS, Says::Alias(ZONAL.into(), 60));
        })
        .unlearned(),
        row("answers for no time at all (TTL 0)", |w| Says::Addresses(w.addresses(), 0)),
        row("answers with loopback", |_| Says::Addresses(vec!["127.0.0.1".parse().unwrap()], 1)).well(3000),
        row("answers with the metadata address", |_| Says::Addresses(vec!["169.254.169.254".parse().unwrap()], 1))
            .well(3000),
        row("answers with the proxy's own address", |w| Says::Addresses(vec![w.proxy.address.ip()], 1)).well(3000),
        Row::new(part, "fails after it has answered", |world| {
            world.dns.set(DNS, Says::Code(2));
            world.services[0].cut();
            std::thread::sleep(Duration::from_secs(2));
        })
        .ttl(1)
        .kept(),
        Row::new(part, "is silent after it has answered", |world| {
            world.dns.set(DNS, Says::Silence);
            world.services[0].cut();
            std::thread::sleep(Duration::from_secs(2));
        })
        .ttl(1)
        .kept(),
        Row::new(part, "has another address after the time to live; a connection to the old one is kept", |world| {
            world.dns.set(DNS, Says::Addresses(vec![world.services[1].address.ip()], 1));
            std::thread::sleep(Duration::from_secs(3));
            // A call that still went there would get no answer.
            world.services[0].set(Fault::HangInsteadOfAnswer);
        })
        .ttl(1)
        .of(2)
        .kept()
        .write(),
        Row::new(part, "resolv.conf is empty", |world| world.proxy.set_resolv_conf("")).unlearned(),
        Row::new(part, "resolv.conf names a server that is not there", |world| {
            let nobody = world.proxy.beside(99);
            world.drop_packets_to(nobody.into());
            world.proxy.set_resolv_conf(&format!("nameserver {nobody}\noptions timeout:1 attempts:2\n"));
        })
        .unlearned()
        .took(11_000),
        Row::new(part, "resolv.conf names two servers, of which the first is not there", |world| {
            let (nobody, good) = (world.proxy.beside(99), world.proxy.beside(53));
            world.mend();
            world.drop_packets_to(nobody.into());
            world.proxy.set_resolv_conf(&format!("nameserver {nobody}\nnameserver {good}\noptions timeout:1\n"));
        })
        .unlearned(),
    ]
}

fn routing() -> Vec<Row> {
    let part = "A region without an endpoint";
    let elsewhere = |says: fn(&World) -> Says| {
        move |world: &mut World| {
            world.services[0].set(Fault::Shows(Shown::Elsewhere));
            world.dns.set(super::world::ELSEWHERE, says(world));
        }
    };
    let row = |fault, says| Row::new(part, fault, elsewhere(says)).call(Call::Elsewhere);
    vec![
        row("has private DNS", |w| Says::Addresses(w.addresses(), 1)),
        row("has a public address", |_| Says::Addresses(vec!["52.94.1.1".parse().unwrap()], 1)),
        row("has a public address besides a private one", |w| {
            Says::Addresses([w.addresses(), vec!["52.94.1.1".parse().unwrap()]].concat(), 1)
        }),
        row("resolves to loopback", |_| Says::Addresses(vec!["127.0.0.1".parse().unwrap()], 1)),
        row("resolves to the proxy itself", |w| Says::Addresses(vec![w.proxy.address.ip()], 1)),
        row("resolves to nothing", |_| Says::NoName),
    ]
}

fn clock() -> Vec<Row> {
    let row = |fault, seconds: i64| Row::new("The clock", fault, move |world| world.proxy.set_clock(seconds));
    vec![
        row("jumps an hour ahead", 3600),
        row("jumps an hour back", -3600),
        row("jumps ten minutes ahead", 600),
        row("jumps thirty hours ahead", 30 * 3600),
        row("jumps three years ahead", 3 * 365 * 86_400),
        row("jumps three years back", -3 * 365 * 86_400),
    ]
}

fn audit() -> Vec<Row> {
    let part = "The audit log";
    let fill = |world: &mut World| {
        let disk = world.proxy.audit.parent().unwrap().to_owned();
        // Until the disk is full.
        let _ = std::fs::write(disk.join("filler"), [b'x'; 128 * 1024]);
    };
    vec![
        Row::new(part, "is on a disk that is full", |_| {}).audit(Audit::Full),
        Row::new(part, "is on a disk that fills up", fill).audit(Audit::Small),
        Row::new(part, "is a pipe without a reader", |_| {}).audit(Audit::Pipe),
        Row::new(part, "is a pipe without a reader, and `audit.on_full` is `refuse`", |world| {
            for _ in 0..200 {
                let _ = world.send(Call::Read);
            }
        })
        .audit(Audit::Pipe)
        .with(REFUSE),
    ]
}
