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
// The proxy's own credentials.
#[cfg(feature = "proxy")]
pub mod credentials;
// 5. Policy to a permitted call, or a denial.
#[cfg(feature = "proxy")]
pub mod authorize;
// Between them: rate limits.
#[cfg(feature = "proxy")]
pub mod rate_limit;
// With a broker: a permitted call is re-signed.
#[cfg(feature = "proxy")]
pub mod sign;
// 6. The same bytes to the VPC endpoint.
#[cfg(feature = "proxy")]
pub mod forward;
// 7. Decision log and metrics.
#[cfg(feature = "proxy")]
pub mod record;

// ── What connects the stages ──
// The path of a request, from stage to stage.
#[cfg(feature = "proxy")]
pub mod guard;
// The path of a connection: listeners, runtimes, shutdown.
#[cfg(feature = "proxy")]
pub mod server;
// Every error, and what the client sees of it.
#[cfg(feature = "proxy")]
pub mod error;
#[cfg(feature = "proxy")]
pub mod fault;
// Limits that workloads share.
#[cfg(feature = "proxy")]
pub mod quota;
// Listeners for everything other than the guarded traffic.
#[cfg(feature = "proxy")]
mod listener;
// Hands out keys that only this process knows.
#[cfg(feature = "proxy")]
pub mod broker;
// The operator's view.
#[cfg(feature = "proxy")]
pub mod admin;
#[cfg(feature = "proxy")]
pub mod cli;
#[cfg(feature = "proxy")]
pub mod config;
// Files with secrets, and their required owners.
#[cfg(feature = "proxy")]
pub mod secret_file;
// Directories whose files are replaced atomically.
#[cfg(feature = "proxy")]
pub mod private_dir;
// What records show, and the policies that follow from them.
pub mod history;
pub mod learn;
// A small RDS API to test against.
#[cfg(feature = "proxy")]
pub mod sandbox;

// ── What the stages are built on ──
pub mod aws;
pub mod http1;
pub mod policy;
