"""The claims of an access token, with exact types (SECURITY 5.3)."""

from collections.abc import Mapping
from typing import Any

from accounts.tokens.confirmation import check_confirmation
from accounts.tokens.delegation import check_delegation
from accounts.tokens.errors import TokenRefused

TYPES = frozenset({"at+jwt", "application/at+jwt"})
VERSION = 1
LEEWAY_SECONDS = 5
REQUIRED_TEXTS = ("iss", "aud", "sub", "client_id", "jti", "scope", "tid")
REQUIRED_INTEGERS = ("exp", "iat", "nbf", "ver", "sep", "tep")
OPTIONAL_INTEGERS = ("gep", "cep")
OPTIONAL_TEXTS = ("sid", "pol", "bud", "team", "name", "key", "fjt")
MOST_MODELS = 20
# Models, and the rules about another issuer's subject, by the most of each.
LISTS = {"mdl": MOST_MODELS, "rul": 10}
LARGEST_TIME = 2**40
Claims = Mapping[str, Any]


def check_shape(claims: Claims) -> None:
    """Every required claim is there and every claim has its type. Raises TokenRefused."""
    for name in REQUIRED_TEXTS:
        if type(claims.get(name)) is not str or not claims[name]:
            raise TokenRefused(f"claim_{name}")
    for name in REQUIRED_INTEGERS:
        if not _is_number(claims.get(name)):
            raise TokenRefused(f"claim_{name}")
    _check_optional(claims)
    check_confirmation(claims)
    check_delegation(claims)


def _check_optional(claims: Claims) -> None:
    for name in OPTIONAL_INTEGERS:
        if name in claims and not _is_number(claims[name]):
            raise TokenRefused(f"claim_{name}")
    for name in OPTIONAL_TEXTS:
        if name in claims and type(claims[name]) is not str:
            raise TokenRefused(f"claim_{name}")
    for name, most in LISTS.items():
        if name in claims and not _is_list_of_names(claims[name], most):
            raise TokenRefused(f"claim_{name}")


def check_origin(claims: Claims, issuer: str, audiences: frozenset[str], longest_seconds: int) -> None:
    """Issuer, audience, version and lifetime are ours. Raises TokenRefused."""
    if claims["iss"] != issuer:
        raise TokenRefused("iss")
    if claims["aud"] not in audiences:
        raise TokenRefused("aud")
    if claims["ver"] != VERSION:
        raise TokenRefused("ver")
    if not 0 < claims["exp"] - claims["iat"] <= longest_seconds:
        raise TokenRefused("lifetime")


def check_times(claims: Claims, now: float) -> None:
    """The token holds at `now` (Unix seconds). Raises TokenRefused."""
    if now >= claims["exp"]:
        raise TokenRefused("expired")
    if claims["nbf"] > now + LEEWAY_SECONDS or claims["iat"] > now + LEEWAY_SECONDS:
        raise TokenRefused("not_yet")


def _is_number(value: Any) -> bool:
    """A bool is an int to isinstance; a float or a text is none to us (SECURITY J4)."""
    return type(value) is int and 0 <= value < LARGEST_TIME


def _is_list_of_names(names: object, most: int) -> bool:
    return isinstance(names, list) and len(names) <= most and all(type(name) is str for name in names)
