"""Evidence: records, spool, ingest, and everything an auditor needs."""
