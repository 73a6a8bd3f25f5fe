"""What a process knows of all callers, so that no request asks the database."""

from accounts.identity.snapshot import IdentitySnapshot

__all__ = ["IdentitySnapshot"]
