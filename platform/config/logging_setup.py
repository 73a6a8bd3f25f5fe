"""Stub."""

from typing import Any


def configure(options: dict[str, Any]) -> None:
    """Replaced by ADMIN-OPS."""
