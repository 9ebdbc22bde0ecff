//! Passes signals on to the command.
//!
//! Signals from the terminal (Ctrl-C, a change of size) go to the whole foreground process group, including the
//! command, so they are not sent a second time. Signals from another process go only to this process. The kernel
//! reports which of the two it is.

use std::{fs, thread};

use rustix::process::{Signal, getpgid, getpgrp};
use signal_hook::iterator::{SignalsInfo, backend::Handle, exfiltrator::WithRawSiginfo};

use super::Child;
use crate::cli::{Exit, Failure};

/// The signals that are passed on. Ctrl-Z stops this process and the command together, and `fg` continues both.
const PASSED: [Signal; 7] =
    [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::USR2, Signal::WINCH];

/// Catches the signals, so that none of them ends this process.
pub(super) struct Passing {
    signals: SignalsInfo<WithRawSiginfo>,
}

impl Passing {
    /// Starts catching the signals that were not ignored from the start. What `nohup` or a shell's `&` makes this
    /// process ignore, the command ignores too, as it would if run directly.
    ///
    /// # Errors
    /// The system refuses to install a handler, which is not expected.
    pub(super) fn begin() -> Result<Self, Failure> {
        let ignored = ignored();
        let caught = PASSED.into_iter().map(Signal::as_raw).filter(|number| ignored & bit(*number) == 0);
        let signals = SignalsInfo::new(caught.collect::<Vec<_>>())
            .map_err(|error| Failure::world(format!("cannot catch signals: {error}")))?;
        Ok(Self { signals })
    }

    /// Passes the signals to a command on a separate thread, until the handle is closed.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(super) fn to(mut self, child: Child) -> Result<Handle, Failure> {
        let handle = self.signals.handle();
        let pass = move || {
            for info in &mut self.signals {
                let Some(signal) = PASSED.into_iter().find(|signal| signal.as_raw() == info.si_signo) else { continue };
                if came_from_a_process(info.si_code) || !shares_our_group(&child) {
                    child.send(signal);
                }
            }
        };
        thread::Builder::new()
            .name("signals".into())
            .spawn(pass)
            .map_err(|error| Failure::world(format!("cannot start a thread: {error}")).with_exit(Exit::World))?;
        Ok(handle)
    }
}

/// Signals from the kernel have a positive code (`SI_KERNEL`), those from `kill` and similar calls zero or a
/// negative one.
/// Source: sigaction(2).
const fn came_from_a_process(code: i32) -> bool {
    code <= 0
}

/// Whether a signal from the terminal to our process group has also reached the command.
fn shares_our_group(child: &Child) -> bool {
    getpgid(Some(child.pid())).is_ok_and(|group| group == getpgrp())
}

/// The signals that were already ignored when this process started, one bit each. Source: proc(5), `SigIgn`.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

fn bit(number: i32) -> u64 {
    u32::try_from(number - 1).ok().and_then(|shift| 1_u64.checked_shl(shift)).unwrap_or(0)
}
