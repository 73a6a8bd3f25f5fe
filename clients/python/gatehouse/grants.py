"""What a program or person trades for an access token."""

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote_plus

from gatehouse.signer import Signer

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
API_KEY = "urn:gatehouse:token-type:api-key"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60
PEOPLES_CLIENT = "password-login"


class Asked(NamedTuple):
    """What goes to the token endpoint."""

    form: dict[str, str]
    headers: dict[str, str]


class Grant(Protocol):
    """One way to ask for a token."""

    def asked(self, issuer: str) -> Asked:
        """A fresh request; `issuer` is the gateway's address."""
        ...

    def answered(self, answer: Mapping[str, Any]) -> None:
        """It was granted."""
        ...


class ClientSecret:
    """A service account and its secret."""

    def __init__(self, client_id: str, secret: str) -> None:
        self._client_id, self._secret = client_id, secret

    def asked(self, issuer: str) -> Asked:
        """client_secret_basic; both parts are form-encoded first (RFC 6749 §2.3.1)."""
        pair = f"{quote_plus(self._client_id)}:{quote_plus(self._secret)}"
        header = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        return Asked({"grant_type": "client_credentials"}, header)

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Nothing to remember."""


class PrivateKey:
    """A service account that proves itself with its own key: no secret ever leaves this machine."""

    def __init__(self, client_id: str, signer: Signer) -> None:
        self._client_id, self._signer = client_id, signer

    def asked(self, issuer: str) -> Asked:
        """private_key_jwt, with an assertion that works once."""
        now = int(time.time())
        claims = {
            "iss": self._client_id, "sub": self._client_id, "aud": issuer, "jti": secrets.token_urlsafe(16),
            "iat": now, "exp": now + ASSERTION_SECONDS,
        }  # fmt: skip
        header = {"typ": "client-authentication+jwt", "kid": self._signer.thumbprint}
        signed = {"client_assertion_type": ASSERTION, "client_assertion": self._signer.jwt(header, claims)}
        return Asked({"grant_type": "client_credentials", "client_id": self._client_id, **signed}, {})

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Nothing to remember."""


class ApiKey:
    """An API key, exchanged for tokens that can do as much or less (RFC 8693)."""

    def __init__(
        self, key: str, *, models: tuple[str, ...] = (), lifetime: int | None = None, budget: str = ""
    ) -> None:
        """
        Args:
            budget: the name or id of a budget that the tokens' calls have to fit into, besides all others.
        """
        self._key, self._models, self._lifetime, self._budget = key, models, lifetime, budget

    def asked(self, issuer: str) -> Asked:
        """The key goes to the token endpoint and nowhere else."""
        form = {"grant_type": EXCHANGE, "subject_token": self._key, "subject_token_type": API_KEY}
        if self._models:
            form["models"] = " ".join(self._models)
        if self._lifetime is not None:
            form["lifetime"] = str(self._lifetime)
        if self._budget:
            form["budget"] = self._budget
        return Asked(form, {})

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Nothing to remember."""


class RefreshToken:
    """A person's session. Each refresh token works once, so the next one is stored before anything else happens."""

    def __init__(self, load: Callable[[], str], save: Callable[[str], None]) -> None:
        self._load, self._save = load, save

    def asked(self, issuer: str) -> Asked:
        """With the newest one that is stored."""
        form = {"grant_type": "refresh_token", "refresh_token": self._load(), "client_id": PEOPLES_CLIENT}
        return Asked(form, {})

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Keep the successor."""
        self._save(str(answer["refresh_token"]))
