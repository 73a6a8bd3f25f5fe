"""Google service accounts: a signed assertion is exchanged for an access token.

Rule: https://developers.google.com/identity/protocols/oauth2/service-account#httprest (RFC 7523 section 2.1)
"""

from collections.abc import Mapping

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from llmproxy.adapters.auth.plain import Bearer
from llmproxy.adapters.auth.scheme import BadSecret, TokenGrant

NEEDED = ("client_email", "private_key", "private_key_id", "token_uri")
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
ASSERTION_SECONDS = 600


class GoogleServiceAccount(Bearer):
    """Entered as the service account's JSON key file. What is sent is the access token that it is exchanged for."""

    @classmethod
    def normalised(cls, secret: str) -> str:
        """The four members that are needed, on one line."""
        members = _members(secret)
        ServiceAccountGrant(members)
        return orjson.dumps(members).decode()

    @classmethod
    def shown(cls, secret: str) -> str:
        return _members(secret)["private_key_id"][-4:]

    @classmethod
    def grant(cls, secret: str) -> TokenGrant:
        return ServiceAccountGrant(_members(secret))


class ServiceAccountGrant(TokenGrant):
    """The JWT bearer grant."""

    def __init__(self, members: Mapping[str, str]) -> None:
        self.url = members["token_uri"]
        self._email = members["client_email"]
        self._header = {"alg": "RS256", "typ": "JWT", "kid": members["private_key_id"]}
        try:
            self._key = RSAKey.import_key(members["private_key"])
        except (JoseError, ValueError) as error:
            raise BadSecret("The private key in the JSON file cannot be read.") from error

    def form(self, now: int) -> dict[str, str]:
        claims = {"iss": self._email, "scope": SCOPE, "aud": self.url, "iat": now, "exp": now + ASSERTION_SECONDS}
        assertion = jwt.encode(self._header, claims, self._key, algorithms=["RS256"])
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}


def _members(secret: str) -> dict[str, str]:
    try:
        given = orjson.loads(secret)
    except orjson.JSONDecodeError as error:
        raise BadSecret("Paste the whole JSON key file of the service account.") from error
    if not isinstance(given, dict) or not all(isinstance(given.get(name), str) and given[name] for name in NEEDED):
        raise BadSecret(f"The JSON key file must hold {', '.join(NEEDED)}.")
    return {name: given[name] for name in NEEDED}
