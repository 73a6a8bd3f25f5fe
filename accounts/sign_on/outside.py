"""What is fetched of an identity provider: through the guarded session, small, and only if it says who it is."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from requests import RequestException, Session

from accounts.egress import EgressPolicy
from accounts.egress.session import guarded_session
from accounts.models import IdentityProvider
from accounts.tokens.client_key import ClientKey

LARGEST_ANSWER = 256 * 1024
TIMEOUTS = (5.0, 10.0)
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
MOST_KEYS = 50


class ProviderUnusable(Exception):
    """The sentence says what is wrong with the provider, for who set it up."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider says of itself (OpenID Connect Discovery §3)."""

    document: dict[str, Any]

    def __getitem__(self, name: str) -> str:
        return str(self.document[name])

    @property
    def does_pkce(self) -> bool:
        """Whether it says that it knows S256; many do and do not say so."""
        return "S256" in self.document.get("code_challenge_methods_supported", [])

    @property
    def token_auth_method(self) -> str:
        """How the client secret is sent; in the header where the provider does not say (RFC 8414 §2)."""
        # In the body where both are possible: not every provider decodes what the header must be encoded with.
        methods = self.document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_post" if "client_secret_post" in methods else "client_secret_basic"


def session() -> Session:
    """For every call to a provider."""
    return guarded_session(EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW), answer_limit=LARGEST_ANSWER)


def metadata_of(provider: IdentityProvider) -> Metadata:
    """Fetched now. Raises ProviderUnusable."""
    document = _json(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    missing = [name for name in NEEDED if not isinstance(document.get(name), str)]
    if missing:
        raise ProviderUnusable(f"Its configuration lacks {', '.join(missing)}.")
    if document["issuer"] != provider.issuer:  # byte for byte (ASVS 10.5.3)
        raise ProviderUnusable(f"It calls itself {document['issuer']!r}, not {provider.issuer!r}.")
    return Metadata(document)


def keys_of(metadata: Metadata) -> list[ClientKey]:
    """Its signature keys that can be used here, fetched now. Raises ProviderUnusable: there is none."""
    listed = _json(metadata["jwks_uri"]).get("keys")
    found = []
    for jwk in listed[:MOST_KEYS] if isinstance(listed, list) else ():
        try:
            found.append(ClientKey.from_jwk(jwk))
        except (ValueError, AttributeError):
            continue  # of a kind that is not used here: others will do
    if not found:
        raise ProviderUnusable("Its key set has no signature key that can be used (RS256, PS256, ES256, Ed25519).")
    return found


def _json(url: str) -> dict[str, Any]:
    try:
        with session() as calls:
            answer = calls.get(url, timeout=TIMEOUTS)
            found = answer.json() if answer.status_code == 200 else None
    except (RequestException, ValueError) as error:
        raise ProviderUnusable(f"{url} cannot be read: {type(error).__name__}.") from error
    if not isinstance(found, dict):
        raise ProviderUnusable(f"{url} answered {answer.status_code}, and not with the JSON that was expected.")
    return found
