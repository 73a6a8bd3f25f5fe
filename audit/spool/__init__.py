"""The local append-only spool: what a record survives in until the log has it (AUDIT 3.5)."""
