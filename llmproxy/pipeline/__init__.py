"""One call from admitted to settled: prepare, record, send, relay, record."""
