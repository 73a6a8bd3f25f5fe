"""The ledger: rows from the audit log's terminal records, and what is asked of them."""
