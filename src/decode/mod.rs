//! Stage 3: the Query protocol becomes an API call with its resources and condition values.
