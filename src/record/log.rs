//! The queue between requests and the file, and the thread that writes the file.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use time::OffsetDateTime;

use super::{
    Capacity, Decision, Kind, Metrics, Mode, Omitted, Recent, Record, Trail,
    queue::{Place, Queue},
    request_id::new_request_id,
};

/// The destination of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Discards records: they are only counted.
    Nowhere,
    /// A file, appended to.
    File(PathBuf),
}

/// How to handle a request whose record does not fit in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFull {
    /// The record is dropped and counted.
    Drop,
    /// The request is refused as overload.
    Refuse,
}

/// The settings of the log.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// The destination of records.
    pub target: Target,
    /// How to handle requests when the queue is full.
    pub on_full: OnFull,
    /// The capacity of the queue.
    pub capacity: Capacity,
    /// The store of recent records for display.
    pub recent: Arc<Recent>,
}

/// How long records are gathered before they are written: waking a thread for each is expensive, and a record may
/// take ten times as long to reach the file.
const GATHER: Duration = Duration::from_millis(20);

/// How long closing waits for the records that have not been written.
const CLOSE_LIMIT: Duration = Duration::from_secs(3);

enum Message {
    Record(Box<Record>, Place),
    Reopen,
    Close,
}

/// Accepts records. Clones share one queue.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sender: mpsc::Sender<Message>,
    queue: Arc<Queue>,
    on_full: OnFull,
    metrics: Arc<Metrics>,
    recent: Arc<Recent>,
    /// The writing thread, and whether it must write at once.
    writer: Thread,
    at_once: Arc<AtomicBool>,
    /// Disconnects when the writing thread has ended.
    written: Mutex<mpsc::Receiver<()>>,
}

impl Recorder {
    /// Opens the log.
    ///
    /// # Errors
    /// The file cannot be opened for appending, or the thread cannot be started.
    pub fn open(settings: &LogSettings, metrics: Arc<Metrics>) -> io::Result<Self> {
        let sink = Sink::open(&settings.target)?;
        let (sender, receiver) = mpsc::channel();
        let (writing, written) = mpsc::channel();
        let at_once = Arc::new(AtomicBool::new(false));
        let recent = Arc::clone(&settings.recent);
        let writer = Writer {
            sink,
            receiver,
            at_once: Arc::clone(&at_once),
            metrics: Arc::clone(&metrics),
            recent: Arc::clone(&recent),
            torn: false,
            _writing: writing,
        };
        let writer = thread::Builder::new().name("audit".into()).spawn(move || writer.run())?.thread().clone();
        let written = Mutex::new(written);
        Ok(Self(Arc::new(Inner {
            sender,
            queue: Queue::new(settings.capacity, Arc::clone(&metrics)),
            on_full: settings.on_full,
            metrics,
            recent,
            writer,
            at_once,
            written,
        })))
    }

    /// Begins a record. `None` if there is no place for it and the configuration requires refusal in that case.
    #[must_use]
    pub fn begin(&self, kind: Kind, mode: Mode, source: String) -> Option<Trail> {
        // Connections and tunnels are long-lived: they would occupy the places that requests need.
        let place = match (self.0.on_full, kind) {
            (OnFull::Refuse, Kind::Rds) => Some(self.0.queue.reserve_for_any()?),
            (OnFull::Refuse, Kind::Tunnel | Kind::Connection) | (OnFull::Drop, _) => None,
        };
        let record = Record {
            schema: 1,
            time: OffsetDateTime::now_utc(),
            request_id: new_request_id().to_string(),
            kind,
            mode,
            decision: Decision::Deny,
            enforced: true,
            reason: "closed",
            action: None,
            resources: Vec::new(),
            principal: None,
            statement: None,
            undetermined: Vec::new(),
            denied_action: None,
            denied_resource: None,
            policy_version: None,
            workload: None,
            region: None,
            host: None,
            source,
            upstream: None,
            duration_ms: 0.0,
            unknown_action: false,
            unknown_parameters: Vec::new(),
            fips_downgraded: false,
            bytes_in: 0,
            bytes_out: 0,
            detail: None,
            parameters: Vec::new(),
            dependents_not_allowed: Vec::new(),
            omitted: Omitted::default(),
        };
        Some(Trail::new(record, place, self.clone()))
    }

    /// Returns whether a record would find a place now; always true if records without a place are dropped.
    #[must_use]
    pub fn has_place(&self) -> bool {
        self.0.on_full == OnFull::Drop || self.0.queue.has_place()
    }

    /// The counters.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.0.metrics
    }

    /// The most recent records.
    #[must_use]
    pub fn recent(&self) -> &Recent {
        &self.0.recent
    }

    /// The number of records that wait to be written.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.queue.records()
    }

    /// Reopens the file, after it was rotated.
    pub fn reopen(&self) {
        let _ = self.0.sender.send(Message::Reopen);
        self.write_at_once();
    }

    /// Writes all waiting records and ends the thread. Does not wait for a reader that takes nothing.
    pub fn close(&self) {
        let _ = self.0.sender.send(Message::Close);
        self.write_at_once();
        let written = self.0.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.recv_timeout(CLOSE_LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
            let waiting = self.waiting();
            tracing::error!(records = waiting, "no reader takes the audit records, some are lost");
        }
    }

    pub(super) fn hand_over(&self, mut record: Box<Record>, place: Option<Place>) {
        self.0.metrics.observe(&record);
        let bytes = record.bound();
        let reserved = place.map(|mut place| {
            place.resize(bytes);
            place
        });
        let Some(place) = reserved.or_else(|| self.0.queue.reserve(bytes)) else {
            self.0.metrics.audit_dropped(1);
            return;
        };
        if self.0.sender.send(Message::Record(record, place)).is_err() {
            self.0.metrics.audit_dropped(1);
        }
        if self.0.queue.is_filling() {
            self.write_at_once();
        }
    }

    /// Stops gathering, so that records are written at once.
    fn write_at_once(&self) {
        if !self.0.at_once.swap(true, Ordering::Relaxed) {
            self.0.writer.unpark();
        }
    }
}

struct Writer {
    sink: Sink,
    receiver: mpsc::Receiver<Message>,
    at_once: Arc<AtomicBool>,
    metrics: Arc<Metrics>,
    recent: Arc<Recent>,
    /// The last write failed, perhaps in the middle of a line.
    torn: bool,
    /// Dropped with this, which signals the end of the thread.
    _writing: mpsc::Sender<()>,
}

impl Writer {
    /// The maximum number of bytes that are gathered before they are written.
    const BATCH: usize = 64 * 1024;

    fn run(mut self) {
        let mut lines = Vec::new();
        let mut open = true;
        let mut emptied = true;
        while open {
            let Ok(first) = self.receiver.recv() else { return };
            // If there is a backlog, gathering would only increase it.
            if emptied {
                self.gather();
            }
            emptied = false;
            let mut next = Some(first);
            // Places in the queue, freed once their records have left it.
            let mut places = Vec::new();
            while let Some(message) = next.take() {
                match message {
                    Message::Record(record, place) => {
                        places.push(place);
                        let begin = lines.len();
                        // A record consists of strings and numbers: it can always be serialised as JSON.
                        if serde_json::to_writer(&mut lines, &record).is_ok() {
                            self.recent.keep(*record, lines.get(begin..).unwrap_or_default());
                            lines.push(b'\n');
                        }
                    }
                    Message::Reopen => {
                        self.flush(&mut lines, &mut places);
                        if let Err(error) = self.sink.reopen() {
                            tracing::error!(%error, "the audit file cannot be reopened");
                        }
                    }
                    Message::Close => {
                        open = false;
                        break;
                    }
                }
                if lines.len() < Self::BATCH {
                    next = self.receiver.try_recv().ok();
                    emptied = next.is_none();
                }
            }
            self.flush(&mut lines, &mut places);
        }
    }

    /// Waits for more records to write, unless they must be written at once.
    fn gather(&self) {
        let until = Instant::now() + GATHER;
        // The channel also unparks this thread, and may do so late.
        while !self.at_once.load(Ordering::Relaxed) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            thread::park_timeout(left);
        }
        self.at_once.store(false, Ordering::Relaxed);
    }

    fn flush(&mut self, lines: &mut Vec<u8>, places: &mut Vec<Place>) {
        if lines.is_empty() {
            return places.clear();
        }
        if self.torn {
            lines.insert(0, b'\n');
        }
        let written = self.sink.write(lines);
        self.torn = written.is_err();
        if let Err(error) = written {
            self.metrics.audit_dropped(places.len() as u64);
            tracing::error!(%error, records = places.len(), "audit records cannot be written");
        }
        lines.clear();
        places.clear();
    }
}

enum Sink {
    Stdout,
    Stderr,
    Nowhere,
    File(PathBuf, File),
}

impl Sink {
    fn open(target: &Target) -> io::Result<Self> {
        match target {
            Target::Stdout => Ok(Self::Stdout),
            Target::Stderr => Ok(Self::Stderr),
            Target::Nowhere => Ok(Self::Nowhere),
            Target::File(path) => append(path).map(|file| Self::File(path.clone(), file)),
        }
    }

    fn reopen(&mut self) -> io::Result<()> {
        if let Self::File(path, file) = self {
            *file = append(path)?;
        }
        Ok(())
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(lines)?;
                stdout.flush()
            }
            Self::Stderr => io::stderr().lock().write_all(lines),
            Self::Nowhere => Ok(()),
            Self::File(_, file) => file.write_all(lines),
        }
    }
}

fn append(path: &PathBuf) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    options.open(path)
}
