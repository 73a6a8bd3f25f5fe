"""Keys and digests with this installation's secrets, made from settings at the edge."""

from functools import lru_cache

from django.conf import settings

from accounts.crypto import Envelope
from accounts.crypto.derivation import derived
from accounts.crypto.peppered import PepperedDigest
from accounts.tokens.claims import LEEWAY_SECONDS
from accounts.tokens.dpop_nonce import PURPOSE, NonceMaker
from accounts.tokens.verifier import Verifier

LONGEST_TOKEN_SECONDS = 3600


@lru_cache(maxsize=1)
def envelope() -> Envelope:
    """Seals fields with the deployment's keys."""
    return Envelope(settings.GATEHOUSE_KEKS)


@lru_cache(maxsize=1)
def digests() -> PepperedDigest:
    """Digests of API keys and client secrets."""
    return PepperedDigest(settings.GATEHOUSE_KEKS)


@lru_cache(maxsize=1)
def nonces() -> NonceMaker:
    """Makes the nonces of DPoP proofs and knows them."""
    return NonceMaker(*(derived(key, PURPOSE) for key in settings.GATEHOUSE_KEKS.values()))


def gateway_audience() -> str:
    """`aud` of tokens for the data plane."""
    return f"{settings.GATEHOUSE_PUBLIC_URL}/v1"


def management_audience() -> str:
    """`aud` of tokens for the management API."""
    return f"{settings.GATEHOUSE_PUBLIC_URL}/api"


@lru_cache(maxsize=4)
def verifier(audience: str, issuer: str) -> Verifier:
    """Verifies our own tokens for one audience."""
    return Verifier(issuer, frozenset({audience}), LONGEST_TOKEN_SECONDS + LEEWAY_SECONDS)


def gateway_verifier() -> Verifier:
    """Accepts tokens for the data plane only."""
    return verifier(gateway_audience(), settings.GATEHOUSE_PUBLIC_URL)


def management_verifier() -> Verifier:
    """Accepts tokens for the management API only."""
    return verifier(management_audience(), settings.GATEHOUSE_PUBLIC_URL)
