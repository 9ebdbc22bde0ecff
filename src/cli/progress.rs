//! A progress line on the terminal for operations that take longer than a moment.

use std::{
    io::{self, IsTerminal as _, Write},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Delay before the progress line appears, and the interval between its updates.
const MOMENT: Duration = Duration::from_secs(1);

/// A progress line, shown after one second until it is dropped. Without a terminal it shows nothing.
pub(super) struct Progress {
    /// Dropping the sender ends the thread.
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts to show a text such as `minting the authority`.
    pub(super) fn begin(what: impl Into<String>) -> Self {
        if !io::stderr().is_terminal() {
            return Self { running: None };
        }
        let (ended, end) = mpsc::channel();
        let what = what.into();
        let show = move || drop(show(&what, &end, MOMENT, &mut io::stderr()));
        // Without a thread there is no progress line; nothing else depends on it.
        let thread = thread::Builder::new().name("progress".into()).spawn(show).ok();
        Self { running: thread.map(|thread| (ended, thread)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((ended, thread)) = self.running.take() {
            drop(ended);
            let _ = thread.join();
        }
    }
}

/// Rewrites one line repeatedly, and clears it at the end.
fn show(what: &str, end: &Receiver<()>, every: Duration, out: &mut impl Write) -> io::Result<()> {
    let began = Instant::now();
    let mut shown = false;
    while end.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
        // Moves to the start of the line and clears it: ECMA-48 carriage return and erase in line.
        write!(out, "\r\x1b[Krds-guard: {what}, {} s", began.elapsed().as_secs())?;
        out.flush()?;
        shown = true;
    }
    if shown {
        write!(out, "\r\x1b[K")?;
        out.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    //! What is shown, and when.

    use std::{sync::mpsc, time::Duration};

    use super::show;

    /// Collects the output, and ends the progress once it has a line.
    struct Watcher {
        seen: Vec<u8>,
        end: Option<mpsc::Sender<()>>,
    }

    impl std::io::Write for Watcher {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.seen.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            self.end = None;
            Ok(())
        }
    }

    #[test]
    fn a_line_comes_when_it_takes_long_and_goes_at_the_end() {
        let (sender, end) = mpsc::channel();
        let mut watcher = Watcher { seen: Vec::new(), end: Some(sender) };
        show("waiting", &end, Duration::from_millis(1), &mut watcher).unwrap();
        assert_eq!(String::from_utf8(watcher.seen).unwrap(), "\r\x1b[Krds-guard: waiting, 0 s\r\x1b[K");
    }

    #[test]
    fn what_is_over_in_a_moment_shows_nothing() {
        let (sender, end) = mpsc::channel();
        drop(sender);
        let mut watcher = Watcher { seen: Vec::new(), end: None };
        show("waiting", &end, Duration::from_secs(60), &mut watcher).unwrap();
        assert!(watcher.seen.is_empty());
    }
}
