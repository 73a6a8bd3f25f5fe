"""What auditors see of the log: figures, events, content with a reason, verdicts. Pages of the admin site."""
