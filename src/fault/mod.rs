//! What the client sees when a stage refuses.
