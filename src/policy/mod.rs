//! The policy language of VPC endpoint policies. Pure: no I/O, no clock.
