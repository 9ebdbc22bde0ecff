//! Stage 7: the decision log and the metrics.
