"""How a credential is presented to a provider: one small class a scheme, chosen by its name on the row. Pure."""

from llmproxy.adapters.auth.registry import SCHEMES, Scheme, scheme
from llmproxy.adapters.auth.scheme import Auth, BadSecret, Placement, TokenGrant

__all__ = ["SCHEMES", "Auth", "BadSecret", "Placement", "Scheme", "TokenGrant", "scheme"]
