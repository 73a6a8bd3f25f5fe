"""Keys and sealed secrets. Pure: no Django, no settings."""

from accounts.crypto.envelope import Envelope, UnsealError

__all__ = ["Envelope", "UnsealError"]
