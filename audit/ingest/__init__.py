"""From spool and outbox into the log: idempotent, without gaps, one transaction under one lock (AUDIT 3.6)."""
