//! Requests, and the calls that they are decoded to.

use super::*;
use crate::aws::endpoint::{Recognised, recognise};

mod cases;
mod classes;
mod limits;
mod lists;
mod reading;
mod refused;
mod resolution;
mod secrets;

fn host() -> RdsHost {
    let Recognised::Rds(host) = recognise("rds.us-east-1.amazonaws.com") else { panic!("the host is known") };
    host
}

/// Decodes a body, after adding the version.
fn read(body: &str, settings: &Settings) -> Result<ApiCall, Error> {
    let body = format!("{body}&Version=2014-10-31");
    let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ";
    let request = http1::Request::parse(format!("{head}{}\r\n\r\n{body}", body.len()).into()).unwrap();
    api_call(request, &host(), settings)
}

fn call(body: &str) -> Result<ApiCall, Error> {
    read(body, &Settings::default())
}
