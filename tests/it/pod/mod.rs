//! A pod, as config/deploy/ creates one: the sidecar and the service as two users, each with its own root, one
//! network for both, and the endpoint in another.
//!
//! Creating pods requires root and the functions of `unshare`, `nsenter`, `setpriv`, `pivot_root`, `mount` and
//! `ip`.

mod container;
mod doctor;
mod life;
mod limits;
mod page;
mod scene;
mod v6;
mod ways;

/// The interpreter that has boto3, if the client tests are enabled.
fn python() -> Option<String> {
    let venv = crate::clients::venv::ready()?;
    Some(venv.join("bin/python").to_str().expect("a path in UTF-8").to_owned())
}

/// The program of a service, by its name in tests/clients.
fn client(name: &str) -> String {
    format!("{}/tests/clients/{name}", env!("CARGO_MANIFEST_DIR"))
}
