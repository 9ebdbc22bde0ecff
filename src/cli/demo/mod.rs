//! `rds-guard demo`: everything on this machine, and each decision explained.
//!
//! A sandbox RDS API, the proxy in front of it, and calls signed as an SDK signs them. What the proxy decided is read
//! from its decision log, as an operator would read it: nothing here knows the answer beforehand.

mod args;
mod colour;
mod follow;
mod json;
mod screen;
mod script;
mod serve;
mod stage;

#[cfg(test)]
mod tests;

use std::{
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use super::Failure;
use crate::sandbox::{ClientError, Reply};
pub(super) use args::{DemoArgs, run};
use follow::Decided;
use screen::Screen;
use script::{Act, Scene};
use stage::Stage;

/// How the demonstration is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// For reading, in colour where the terminal has it.
    Coloured,
    /// For reading, without colour.
    Plain,
    /// One JSON object a call.
    Json,
}

/// Why the demonstration came to no end.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// The temporary directory cannot be made or written.
    #[error("the directory `{}` cannot be made", path.display())]
    Directory {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The sandbox has no port, no thread or no certificate.
    #[error("the sandbox cannot start on 127.0.0.1")]
    Sandbox(#[source] io::Error),
    /// The machine refused something else that is needed.
    #[error("the machine refuses something that the demonstration needs")]
    Io(#[from] io::Error),
    /// What is shown cannot be written.
    #[error("standard output cannot be written")]
    Output(#[source] io::Error),
    /// The proxy did not start.
    #[error("{0}")]
    Start(Failure),
    /// A call got no answer.
    #[error("a call of the demonstration got no answer")]
    Call(#[from] ClientError),
    /// The proxy answered and recorded nothing.
    #[error("the decision log says nothing of a call")]
    NotRecorded,
    /// The decision log holds something else than records.
    #[error("the decision log holds something else than records")]
    Record(#[from] serde_json::Error),
}

/// A call that was made: who asked what, what was decided, and what came of it.
struct Made<'a> {
    act: &'a Act,
    scene: &'a Scene,
    decided: Decided,
    reply: Reply,
}

/// A free port of loopback.
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Plays the demonstration, call by call.
///
/// # Errors
/// When something it needs is missing; a call that is refused is none.
fn play(format: Format, out: &mut impl Write) -> Result<(), Error> {
    let stage = Stage::set()?;
    let screen = Screen::new(format);
    let text = format != Format::Json;
    if text {
        screen.opening(out).map_err(Error::Output)?;
    }
    for (number, act) in (1..).zip(&script::ACTS) {
        if text {
            screen.act(out, number, act).map_err(Error::Output)?;
        }
        let proxy = stage.proxy(act, ANY_PORT)?;
        for scene in act.scenes {
            let made = stage.make(act, scene, &proxy)?;
            if text { screen.call(out, &made) } else { json::call(out, &made) }.map_err(Error::Output)?;
        }
        proxy.stop();
    }
    if text {
        screen.closing(out, stage.sandbox()).map_err(Error::Output)?;
    }
    Ok(())
}

/// Leaves sandbox and proxy up for clients of the user's own: prints the variables they need, then each decision, until
/// the process is asked to end or nobody reads on.
///
/// # Errors
/// When something it needs is missing.
fn serve(format: Format, listen: Option<SocketAddr>, out: &mut impl Write) -> Result<(), Error> {
    let stage = Stage::set()?;
    let proxy = stage.proxy(&script::SERVED, listen.unwrap_or(ANY_PORT))?;
    let served = serve::until_asked(&stage, &proxy, format, out);
    proxy.stop();
    served
}
