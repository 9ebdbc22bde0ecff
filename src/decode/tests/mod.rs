//! Requests and what they are read as.

use super::*;

mod cases;
