//! HTTP/1.1 messages, read strictly (RFC 9112): bytes in, a sealed request out. Pure.
