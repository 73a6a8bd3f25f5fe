"""Whether a caller holds the key that his token is bound to (RFC 9449, SECURITY O16, 5.7): one reading for both planes.

That a proof was not presented before is asked of the store that all processes share, by the plane's own means.
"""

import time
from collections.abc import Mapping
from typing import Protocol

from django.conf import settings

from accounts.credentials import Presented
from accounts.errors import InvalidProof, InvalidToken, NonceNeeded, ProofDemanded
from accounts.identity import IdentitySnapshot
from accounts.identity.entries import HolderEntry
from accounts.identity.verified import KnownKey, VerifiedPrincipal
from accounts.ring import nonces
from accounts.tokens.dpop import Proof, proof_of
from accounts.tokens.errors import TokenRefused
from accounts.tokens.proof_target import Target

REPLAY_KIND = "dpop"


class Call(Protocol):
    """What a proof is about: the requests of the data plane, and `Asked` for those of the control plane."""

    @property
    def method(self) -> str | None:
        """As it was sent."""

    @property
    def raw_path(self) -> str:
        """As it came over the wire."""

    @property
    def headers(self) -> Mapping[str, str]:
        """With lower-case names."""


def demonstrated(
    presented: Presented,
    found: VerifiedPrincipal | KnownKey,
    identity: IdentitySnapshot,
    call: Call,
) -> Proof | None:
    """The proof that comes with a bound token; None where there has to be none.

    Args:
        found: what the credential stands for; it holds.

    Raises:
        InvalidToken: a bound token without the scheme DPoP, or the scheme with what is not bound.
        ProofDemanded: the program or the organisation takes bound tokens only.
        InvalidProof, NonceNeeded.
    """
    thumbprint = None if isinstance(found, KnownKey) else found.thumbprint
    if presented.scheme != "dpop":
        if thumbprint is not None:
            raise InvalidToken from TokenRefused("dpop_bound")
        if bound_only(found, identity):
            raise ProofDemanded from TokenRefused("dpop_required")
        return None
    if thumbprint is None:
        raise unfit(InvalidToken()) from TokenRefused("dpop_not_bound")
    proof = proof_in(call, presented.text, nonce=settings.GATEHOUSE_DPOP_NONCE == "always")
    if proof.thumbprint != thumbprint:
        raise InvalidProof from TokenRefused("dpop_key")
    return proof


def bound_only(found: VerifiedPrincipal | KnownKey, identity: IdentitySnapshot) -> bool:
    """Whether who this is must not come with anything but a bound token."""
    tenant = identity.tenants.get(found.principal.organisation_id)
    if tenant is None or tenant.bound_only:
        return True
    return not isinstance(found, KnownKey) and isinstance(found.holder, HolderEntry) and found.holder.bound_only


def proof_in(call: Call, token: str | None, *, nonce: bool) -> Proof:
    """The proof in the header `DPoP`, for this call.

    Args:
        token: the access token that it comes with, if any.
        nonce: whether it has to hold one of ours.

    Raises:
        InvalidProof: there is none, or it does not hold; the reason is in `__cause__`.
        NonceNeeded.
    """
    now = time.time()
    try:
        if not (header := call.headers.get("dpop")):
            raise TokenRefused("dpop_missing")
        proof = proof_of(header, _target(call), now, token)
    except TokenRefused as error:
        raise InvalidProof from error
    if (nonce and proof.nonce is None) or (proof.nonce is not None and not nonces().knows(proof.nonce, now)):
        raise NonceNeeded(nonces().current(now))
    return proof


def unfit(error: InvalidToken) -> InvalidToken:
    """A refusal of a token that came with the scheme DPoP."""
    error.dpop_error = "invalid_token"
    return error


def _target(call: Call) -> Target:
    try:
        return Target.of(call.method or "", settings.GATEHOUSE_PUBLIC_URL, call.raw_path)
    except ValueError as error:
        raise TokenRefused("dpop_htu") from error
