//! Stage 1: a socket becomes an interception, a tunnel or a refusal.
