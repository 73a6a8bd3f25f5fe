"""From spool and outbox into the log: idempotent, numbered without gaps, in one transaction under one lock (AUDIT 3.6)."""
