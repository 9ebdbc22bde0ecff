#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

// ── The path of a request, in order ──

// 1. A socket: intercept, tunnel or refuse.
#[cfg(feature = "proxy")]
pub mod accept;
// 2. TLS with the local authority.
#[cfg(feature = "proxy")]
pub mod intercept;
// 3. Query protocol to an API call.
pub mod decode;
// 4. SigV4 to a principal.
#[cfg(feature = "proxy")]
pub mod identify;
// The credentials of the proxy's own.
#[cfg(feature = "proxy")]
pub mod credentials;
// 5. Policy to a permitted call, or no further.
#[cfg(feature = "proxy")]
pub mod authorize;
// Between them: how often.
#[cfg(feature = "proxy")]
pub mod rate_limit;
// With a broker: a permitted call signed anew.
#[cfg(feature = "proxy")]
pub mod sign;
// 6. The same bytes to the VPC endpoint.
#[cfg(feature = "proxy")]
pub mod forward;
// 7. Decision log and metrics.
#[cfg(feature = "proxy")]
pub mod record;

// ── What holds the stages together ──
// The way of a request, from stage to stage.
#[cfg(feature = "proxy")]
pub mod guard;
// The way of a connection: listeners, runtimes, the end.
#[cfg(feature = "proxy")]
pub mod server;
// Everything that can go wrong, and what the client sees of it.
#[cfg(feature = "proxy")]
pub mod error;
#[cfg(feature = "proxy")]
pub mod fault;
// Limits that workloads share.
#[cfg(feature = "proxy")]
pub mod quota;
// Listeners for everything but the guarded traffic.
#[cfg(feature = "proxy")]
mod listener;
// Who gets keys that only this process knows.
#[cfg(feature = "proxy")]
pub mod broker;
// What the operator sees.
#[cfg(feature = "proxy")]
pub mod admin;
#[cfg(feature = "proxy")]
pub mod cli;
#[cfg(feature = "proxy")]
pub mod config;
// Files with secrets, and whose they must be.
#[cfg(feature = "proxy")]
pub mod secret_file;
// What records show, and the policies that follow from it.
pub mod history;
pub mod learn;
// What to try it against.
#[cfg(feature = "proxy")]
pub mod sandbox;

// ── What the stages are written in ──
pub mod aws;
pub mod http1;
pub mod policy;
