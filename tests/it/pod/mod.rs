//! A pod, as config/deploy/ makes one: the sidecar and the service as two users with a root of their own each, one network
//! for both, the endpoint in another.
//!
//! Making pods needs root and what `unshare`, `nsenter`, `setpriv`, `pivot_root`, `mount` and `ip` do.

mod container;
mod doctor;
mod life;
mod limits;
mod page;
mod scene;
mod v6;
mod ways;

/// The interpreter in which boto3 is, where the client tests are to be run.
fn python() -> Option<String> {
    let venv = crate::clients::venv::ready()?;
    Some(venv.join("bin/python").to_str().expect("a path in UTF-8").to_owned())
}

/// The program of a service, by its name in tests/clients.
fn client(name: &str) -> String {
    format!("{}/tests/clients/{name}", env!("CARGO_MANIFEST_DIR"))
}
