"""The failure matrix of the audit log (docs/resilience.md). `make test-resilience` runs it long, `make test` short."""
