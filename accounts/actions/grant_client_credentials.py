"""OAuth 2 client credentials: a service account that proved who it is gets a short-lived token (RFC 6749 §4.4)."""

from accounts.actions import issue_token
from accounts.models import ServiceAccount
from accounts.ring import gateway_audience


class ScopeRefused(Exception):
    """More was asked for than the account may have."""


def execute(account: ServiceAccount, scope: str = "", thumbprint: str | None = None) -> issue_token.IssuedToken:
    """A token for the program, with the scopes asked for; with all of its own where none are.

    Args:
        thumbprint: of the key that the token is bound to, if any.

    Raises:
        ScopeRefused.
    """
    asked = set(scope.split()) or set(account.scopes)
    if not asked <= set(account.scopes):
        raise ScopeRefused
    return issue_token.for_program(account, gateway_audience(), asked, thumbprint)
