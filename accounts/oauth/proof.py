"""DPoP at the token endpoint (RFC 9449 §5, §8): whose key the new token is bound to. Errors as RFC 6749 has them."""

from django.http import HttpRequest

from accounts.errors import InvalidProof
from accounts.oauth import failures
from accounts.oauth.errors import OAuthError
from accounts.proof_of_request import HEADER, thumbprint_of
from accounts.tokens.errors import TokenRefused


def thumbprint(request: HttpRequest, *, needed: bool) -> str | None:
    """Of the key; None where no proof was sent. Ask it last of what can be refused: a proof is used up here.

    Args:
        needed: no token without a proof.

    Raises:
        OAuthError: invalid_dpop_proof, use_dpop_nonce.
        IdentityUnavailable: whether the proof is new cannot be known.
    """
    try:
        return thumbprint_of(request, needed=needed)
    except InvalidProof as error:
        refusal = OAuthError(error.code, _sentence(request, error), 400, _headers(error))
        if isinstance(error.__cause__, TokenRefused):
            raise failures.refused(request, "", error.__cause__.reason, refusal) from error
        raise refusal from error


def _sentence(request: HttpRequest, error: InvalidProof) -> str:
    if HEADER not in request.headers:
        return "A DPoP proof is needed here: this client, or its organisation, takes bound tokens only."
    return error.message


def _headers(error: InvalidProof) -> dict[str, str]:
    return {name: value for name, value in error.headers.items() if name == "DPoP-Nonce"}
