//! A small RDS API behind TLS that verifies every signature: what the demonstration and the tests talk to.
