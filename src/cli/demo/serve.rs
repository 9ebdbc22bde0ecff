//! `demo --serve`: the variables to paste, then each decision as it falls.

use std::{
    io::{self, Write},
    time::Duration,
};

use tokio::signal::unix::{SignalKind, signal};

use super::{
    Error, Format,
    follow::Follower,
    json,
    screen::Screen,
    script::{Caller, SERVED},
    stage::{REGION, SECRET, Stage},
};
use crate::server::Running;

/// How often the decision log is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Prints what a client needs and then what is decided, until the process is asked to end.
pub(super) fn until_asked(stage: &Stage, proxy: &Running, format: Format, out: &mut impl Write) -> Result<(), Error> {
    let mut follower = Follower::at_end(stage.audit())?;
    variables(stage, proxy, out)?;
    if format != Format::Json {
        hints(out)?;
    }
    out.flush()?;
    let screen = Screen::new(format);
    stage.runtime().block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let mut clock = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                _ = interrupt.recv() => return Ok(()),
                _ = terminate.recv() => return Ok(()),
                // The terminal was closed.
                _ = hangup.recv() => return Ok(()),
                _ = clock.tick() => for decided in follower.look()? {
                    if format == Format::Json {
                        writeln!(out, "{}", json::decision(&decided))?;
                        out.flush()?;
                    } else {
                        screen.decision(out, &decided)?;
                    }
                },
            }
        }
    })
}

/// One `KEY=VALUE` a line; every value can be pasted into a shell as it stands.
fn variables(stage: &Stage, proxy: &Running, out: &mut impl Write) -> io::Result<()> {
    let address = proxy.proxy.first().ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    writeln!(out, "HTTPS_PROXY=http://{address}")?;
    writeln!(out, "AWS_CA_BUNDLE={}", stage.bundle().display())?;
    writeln!(out, "AWS_ACCESS_KEY_ID={}", Caller::Orders.access_key_id())?;
    writeln!(out, "AWS_SECRET_ACCESS_KEY={SECRET}")?;
    writeln!(out, "AWS_DEFAULT_REGION={REGION}")
}

fn hints(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "# export these, then try (policy: {}):", SERVED.gist)?;
    writeln!(
        out,
        "#   aws rds create-db-instance --db-instance-identifier mine --engine postgres --db-instance-class db.t4g.micro"
    )?;
    writeln!(out, "#   aws rds delete-db-instance --db-instance-identifier mine --skip-final-snapshot")?;
    writeln!(out, "# decisions follow; Ctrl-C ends")
}
