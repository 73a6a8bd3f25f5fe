"""`cnf`: the key that a token is bound to (RFC 7800, RFC 9449 §6.1)."""

import re
from collections.abc import Mapping
from typing import Any

from accounts.tokens.errors import TokenRefused

THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}").fullmatch


def confirmation(thumbprint: str | None) -> dict[str, dict[str, str]]:
    """The claim of a token that is bound to the key with this thumbprint; nothing where it is None."""
    return {} if thumbprint is None else {"cnf": {"jkt": thumbprint}}


def thumbprint_in(claims: Mapping[str, Any]) -> str | None:
    """Of the key that the token is bound to; None where it is bound to none."""
    bound = claims.get("cnf")
    return None if bound is None else str(bound["jkt"])


def check_confirmation(claims: Mapping[str, Any]) -> None:
    """`cnf` names one key by its thumbprint. What we do not understand is never taken for no binding at all.

    Raises:
        TokenRefused.
    """
    if "cnf" not in claims:
        return
    bound = claims["cnf"]
    if not isinstance(bound, dict) or set(bound) != {"jkt"}:
        raise TokenRefused("claim_cnf")
    if type(bound["jkt"]) is not str or not THUMBPRINT(bound["jkt"]):
        raise TokenRefused("claim_cnf")
