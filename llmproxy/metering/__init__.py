"""Metering: what limits and budgets share. A worker leases slices of what a store has left, and spends them locally.

Pure: no framework, no settings, no sockets. Time comes in as an argument.
"""
