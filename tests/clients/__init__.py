"""The packages of clients/, against strict servers and against the product."""
