//! `rds-guard demo`: a demonstration on this machine alone, with each decision explained.
//!
//! It starts a sandbox RDS API and the proxy in front of it, and makes calls signed as an SDK signs them. It reads
//! the proxy's decisions from the decision log, as an operator would; no result is known in advance.

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

/// The output format of the demonstration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// Text, in colour if the terminal supports it.
    Coloured,
    /// Text without colour.
    Plain,
    /// One JSON object for each call.
    Json,
}

/// Why the demonstration failed.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// The temporary directory cannot be created or written.
    #[error("the directory `{}` cannot be made", path.display())]
    Directory {
        /// The path of the directory.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The sandbox has no port, no thread or no certificate.
    #[error("the sandbox cannot start on 127.0.0.1")]
    Sandbox(#[source] io::Error),
    /// The system refused something else that is needed.
    #[error("the machine refuses something that the demonstration needs")]
    Io(#[from] io::Error),
    /// The output cannot be written.
    #[error("standard output cannot be written")]
    Output(#[source] io::Error),
    /// The proxy did not start.
    #[error("{0}")]
    Start(Failure),
    /// A call received no response.
    #[error("a call of the demonstration got no answer")]
    Call(#[from] ClientError),
    /// The proxy responded but recorded nothing.
    #[error("the decision log says nothing of a call")]
    NotRecorded,
    /// The decision log contains something other than records.
    #[error("the decision log holds something else than records")]
    Record(#[from] serde_json::Error),
}

/// A call that was made: the request, the decision, and the response.
struct Made<'a> {
    act: &'a Act,
    scene: &'a Scene,
    decided: Decided,
    reply: Reply,
}

/// A free port on the loopback address.
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Plays the demonstration, call by call.
///
/// # Errors
/// Something that it needs is missing. A refused call is not an error.
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

/// Keeps sandbox and proxy running for the user's own clients. Prints the variables that clients need, then each
/// decision, until the process is asked to end or its output is closed.
///
/// # Errors
/// Something that it needs is missing.
fn serve(format: Format, listen: Option<SocketAddr>, out: &mut impl Write) -> Result<(), Error> {
    let stage = Stage::set()?;
    let proxy = stage.proxy(&script::SERVED, listen.unwrap_or(ANY_PORT))?;
    let served = serve::until_asked(&stage, &proxy, format, out);
    proxy.stop();
    served
}
