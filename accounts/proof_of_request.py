"""DPoP proofs at the control plane: the token endpoints and the management API (RFC 9449 §5, §7)."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from django.conf import settings
from django.http import HttpRequest

from accounts.errors import IdentityUnavailable, InvalidProof
from accounts.possession import REPLAY_KIND, proof_in
from accounts.single_use import StoreAway, first_use
from accounts.tokens.dpop import REMEMBERED_SECONDS, Proof
from accounts.tokens.errors import TokenRefused

HEADER = "dpop"
# Where a request keeps the proof that it has used up: two parts of the chain may ask who calls.
USED = "gatehouse.dpop"


class Asked(NamedTuple):
    """A request of the control plane, as a proof sees it."""

    method: str | None
    raw_path: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """From Django's, which folds a header that came twice into one with a comma: no proof has one."""
        return cls(request.method, request.get_full_path_info(), request.headers)


def thumbprint_of(request: HttpRequest, *, needed: bool) -> str | None:
    """Of the key that the tokens of this request are to be bound to; None where no proof was sent.

    Args:
        needed: no token without a proof.

    Raises:
        InvalidProof, NonceNeeded: the proof does not hold, or is missing and needed.
        IdentityUnavailable: whether it is new cannot be known.
    """
    if HEADER not in request.headers and not needed:
        return None
    proof = proof_in(Asked.of(request), None, nonce=settings.GATEHOUSE_DPOP_NONCE != "off")
    take(request, proof)
    return proof.thumbprint


def take(request: HttpRequest, proof: Proof) -> None:
    """The proof is used up; within one request it counts once.

    Raises:
        InvalidProof: it was before.
        IdentityUnavailable: nobody can tell.
    """
    if request.META.get(USED) == proof.identity:
        return
    try:
        fresh = first_use(REPLAY_KIND, proof.identity, REMEMBERED_SECONDS)
    except StoreAway as error:
        raise IdentityUnavailable from error
    if not fresh:
        raise InvalidProof from TokenRefused("dpop_replayed")
    request.META[USED] = proof.identity
