//! Configuration: as written, layered, validated.
