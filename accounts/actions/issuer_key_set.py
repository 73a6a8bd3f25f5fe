"""The keys of an issuer's JWK set that we verify with: one algorithm each, none that is unsafe (SECURITY B1, J5)."""

from collections.abc import Sequence
from typing import Any

from accounts.tokens.client_key import OLD_NAMES, PRIVATE_MEMBERS, ClientKey
from accounts.tokens.errors import TokenRefused
from accounts.tokens.strict_json import strict_object

MOST_KEYS = 50
KINDS = {"ES256": "EC", "Ed25519": "OKP", "RS256": "RSA", "PS256": "RSA"}


def read(body: bytes, algorithms: Sequence[str]) -> list[ClientKey]:
    """Those of the set that fit `algorithms`; keys for other uses and of other kinds are passed over.

    Raises:
        ValueError: no set, one with a private key or the same name twice, or none that fits.
    """
    try:
        listed = strict_object(body, "json").get("keys")
    except TokenRefused as error:
        raise ValueError("The key set is not JSON.") from error
    if not isinstance(listed, list) or len(listed) > MOST_KEYS or not all(isinstance(jwk, dict) for jwk in listed):
        raise ValueError(f"That is no set of keys, or one of more than {MOST_KEYS}.")
    if any(PRIVATE_MEMBERS & jwk.keys() for jwk in listed):
        raise ValueError("The key set holds a private key: nothing that it signs can be believed.")
    keys = [key for jwk in listed if (key := _usable(jwk, algorithms)) is not None]
    if not keys:
        raise ValueError("The key set holds no key for the algorithms that are allowed.")
    if len({key.kid for key in keys}) < len(keys):
        raise ValueError("Two keys of the set have the same kid.")
    return keys


def _usable(jwk: dict[str, Any], algorithms: Sequence[str]) -> ClientKey | None:
    named = jwk.get("alg")
    fitting = [alg for alg in algorithms if KINDS[alg] == jwk.get("kty")]
    alg = OLD_NAMES.get(str(named), named) if named else next(iter(fitting), None)
    if alg not in fitting or jwk.get("use", "sig") != "sig":
        return None
    try:
        return ClientKey.from_jwk({**jwk, "alg": alg})
    except ValueError:  # a curve or a size that is not used here
        return None
