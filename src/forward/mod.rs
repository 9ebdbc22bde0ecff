//! Stage 6: the same bytes to the VPC endpoint.
