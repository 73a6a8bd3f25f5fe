"""Limits: requests, tokens and parallel calls, exact across all processes. The store is Valkey or Redis."""
