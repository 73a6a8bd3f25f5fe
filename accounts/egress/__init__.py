"""Which places outside the house may be called: one policy for both planes. No framework in here."""

from accounts.egress.errors import EgressRefused
from accounts.egress.policy import EgressPolicy

__all__ = ["EgressPolicy", "EgressRefused"]
