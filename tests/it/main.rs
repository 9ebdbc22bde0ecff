//! Integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests fail by panicking, also in the functions that they share"
)]

mod admin;
mod architecture;
mod audit_queue;
mod authority;
mod bad_input;
mod broker;
mod broker_faults;
mod caller_keys;
mod challenge;
mod check_request;
mod cli;
mod clients;
mod condition_keys;
mod config;
mod decode_hostile;
mod decode_reference;
mod decode_table;
mod demo;
mod diff;
mod denials;
mod deploy;
mod direct;
mod docs;
mod doctor;
mod examples;
mod exec;
mod faults;
mod identify;
mod image;
mod knowable;
mod learn;
mod life;
mod life_under_load;
mod limits;
mod observe_sts;
mod pitfalls;
mod pod;
mod policy_length;
mod policy_tests;
mod rate_limit;
mod shares;
mod secrets;
mod shipped_config;
mod soak;
mod support;
mod sync;
mod table_decisions;
mod transparent;
mod workload;
mod tunnel;
