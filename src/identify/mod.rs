//! Stage 4: SigV4 becomes a principal, with how far it is believed.
