"""Error answers of the OAuth endpoints (RFC 6749 §5.2, SECURITY 5.11)."""

from collections.abc import Mapping


class OAuthError(Exception):
    """What a client is told.

    Args:
        code: from the registry of OAuth error codes.
        description: a sentence for the developer; ASCII without quotes and backslashes (RFC 6749 §5.2).
        headers: sent with the answer.
    """

    def __init__(
        self, code: str, description: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.code, self.description, self.status = code, description, status
        self.headers = dict(headers or {})


def invalid_request(description: str) -> OAuthError:
    """Something is missing, repeated or unreadable."""
    return OAuthError("invalid_request", description)


def invalid_client(
    description: str = "The client is unknown, or what it authenticated with does not hold.",
) -> OAuthError:
    """One text for every reason; the reason itself is in the audit log."""
    return OAuthError("invalid_client", description, 401)


def unavailable(description: str = "This cannot be answered right now.") -> OAuthError:
    """A part that is needed is away: nothing is let through meanwhile."""
    return OAuthError("temporarily_unavailable", description, 503)
