"""The net below the records: the database itself notes every change of a control table (AUDIT C2, T14)."""
