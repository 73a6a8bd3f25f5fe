"""The base of every refusal, and the refusals that concern identity."""

from typing import Any, ClassVar

from rest_framework.exceptions import APIException

REALM = 'Bearer realm="gatehouse"'


class GatehouseError(APIException):
    """A refusal or failure that a client is told of: status, machine code, sentence, whether trying again helps.

    Args:
        message: in place of the class's own sentence.
        param: the parameter of the request that is at fault.

    Attributes:
        headers: sent with the answer.
        dpop_error: what is wrong, in the challenge for DPoP, where it was tried.
        rule, remaining, resets_at: for denials, which rule, how much is left, when it resets.
    """

    status_code: int = 500
    default_code: str = "error"
    default_detail: str = "The request failed."
    retryable: ClassVar[bool] = False
    challenge: ClassVar[str] = ""
    dpop_error: str = ""

    def __init__(self, message: str | None = None, *, param: str | None = None) -> None:
        super().__init__(message, None)
        self.message: str = message or str(self.default_detail)
        self.code: str = str(self.default_code)
        self.param = param
        self.headers: dict[str, str] = {"WWW-Authenticate": self.challenge} if self.challenge else {}
        self.rule: str | None = None
        self.remaining: int | None = None
        self.resets_at: Any = None


class NotAuthenticated(GatehouseError):
    """No credential at all: a bare challenge without an error code (RFC 6750 §3.1)."""

    status_code = 401
    default_code = "not_authenticated"
    default_detail = "Send a credential: Authorization: Bearer <token or API key>."
    challenge = REALM


class InvalidToken(GatehouseError):
    """One text for every reason; the reason itself is in the audit log only (SECURITY 5.4)."""

    status_code = 401
    default_code = "invalid_token"
    default_detail = "The credential is not valid."
    challenge = f'{REALM}, error="invalid_token"'


class TooManyMisses(GatehouseError):
    """In place of InvalidToken, to an address that sent too many credentials that are none."""

    status_code = 429
    default_code = "too_many_failures"
    default_detail = (
        "Too many credentials from your address did not hold. Wait a minute; a credential that holds is let in all the "
        "same."
    )
    retryable = True

    def __init__(self, message: str | None = None, *, param: str | None = None) -> None:
        super().__init__(message, param=param)
        self.headers["Retry-After"] = "60"


class MalformedCredential(GatehouseError):
    status_code = 400
    default_code = "invalid_request"
    default_detail = "The credential could not be read."
    challenge = f'{REALM}, error="invalid_request"'


class InsufficientScope(GatehouseError):
    status_code = 403
    default_code = "insufficient_scope"
    default_detail = "The credential does not allow this."
    challenge = f'{REALM}, error="insufficient_scope"'


class ProofDemanded(InvalidToken):
    """Said only to who presented a credential that holds."""

    default_detail = "Only tokens that are bound to a key are taken here: ask for one with a DPoP proof (RFC 9449)."


class InvalidProof(GatehouseError):
    """One text for every reason, as for tokens (RFC 9449 §7.1)."""

    status_code = 401
    default_code = "invalid_dpop_proof"
    default_detail = "The DPoP proof does not hold for this call."
    challenge = REALM
    dpop_error = "invalid_dpop_proof"


class NonceNeeded(InvalidProof):
    """Sent with the nonce that the next proof has to hold (RFC 9449 §8, §9)."""

    default_code = "use_dpop_nonce"
    default_detail = "Make the DPoP proof again, with the nonce of the header DPoP-Nonce."
    dpop_error = "use_dpop_nonce"

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.headers["DPoP-Nonce"] = nonce


class IdentityUnavailable(GatehouseError):
    status_code = 503
    default_code = "identity_unavailable"
    default_detail = "Credentials cannot be checked right now. Try again shortly."
    retryable = True
