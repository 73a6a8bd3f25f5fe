"""What every scheme is made of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Header = tuple[bytes, bytes]
LONGEST_SECRET = 16 * 1024


class BadSecret(ValueError):
    """`str()` is a plain sentence for the person who entered the secret; it never quotes it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """What a provider's row says about where the credential goes.

    Attributes:
        name: of the header or the query parameter.
        options: the row's options, such as `region`.
    """

    name: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    host: str = ""


class Auth:
    """One credential, ready to be used. Every answer of this base is "nothing to add"."""

    def __init__(self, secret: str, placement: Placement) -> None:
        self.secrets: tuple[str, ...] = ()

    @classmethod
    def normalised(cls, secret: str) -> str:
        """`secret` as it is stored: one line of printable ASCII. Raises BadSecret."""
        secret = secret.strip()
        if not secret or not secret.isascii() or not secret.isprintable():
            raise BadSecret("The key must be printable text without line breaks.")
        if len(secret) > LONGEST_SECRET:
            raise BadSecret("The key is longer than any provider's.")
        return secret

    @classmethod
    def shown(cls, secret: str) -> str:
        """At most four characters by which a person tells stored keys apart; "" where that would show too much."""
        return secret[-4:] if len(secret) >= 12 else ""

    @classmethod
    def grant(cls, secret: str) -> "TokenGrant | None":
        """How an access token is fetched with `secret`; None where the secret itself is what is sent."""
        return None

    def url(self, url: str) -> str:
        """`url` with the credential, where that is its place."""
        return url

    def headers(self, method: str, url: str, headers: tuple[Header, ...], body: bytes) -> tuple[Header, ...]:
        """The headers to add to the others."""
        return ()


class TokenGrant:
    """How an access token is fetched: the request to make, and what its answer means."""

    url: str

    def form(self, now: int) -> dict[str, str]:
        """The fields of the form to post. `now` in Unix seconds."""
        raise NotImplementedError

    @staticmethod
    def token(answer: object) -> tuple[str, int]:
        """The access token and its life in seconds (RFC 6749 section 5.1). Raises BadSecret."""
        found = answer.get("access_token") if isinstance(answer, Mapping) else None
        if not isinstance(found, str) or not re.fullmatch(r"[!-~]{1,16384}", found):
            raise BadSecret("The token endpoint's answer holds no access token.")
        life = answer.get("expires_in") if isinstance(answer, Mapping) else None
        try:
            return found, max(0, int(life if isinstance(life, int | str) else 3600))
        except ValueError as error:
            raise BadSecret("The token endpoint's answer holds no life time.") from error
