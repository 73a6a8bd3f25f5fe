"""Budgets: money in windows, leased from the database, where the ledger is; never overspent by a single unit."""
