"""Every refusal and failure of the gateway: status, code, message, whether trying again may help."""

from accounts.errors import REALM, GatehouseError


class BadRequest(GatehouseError):
    status_code = 400
    default_code = "invalid_request"
    default_detail = "The request is not valid."


class InvalidJson(BadRequest):
    default_code = "invalid_json"
    default_detail = "The body is not valid JSON."


class InvalidParameter(BadRequest):
    default_code = "invalid_parameter"
    default_detail = "A parameter of the request is not valid."


class BodyTooSlow(GatehouseError):
    status_code = 408
    default_code = "request_timeout"
    default_detail = "The body did not arrive in time."
    retryable = True


class BodyTooLarge(GatehouseError):
    status_code = 413
    default_code = "request_too_large"
    default_detail = "The body is larger than this endpoint accepts."


class UnsupportedMediaType(GatehouseError):
    status_code = 415
    default_code = "unsupported_media_type"
    default_detail = "Send the body as uncompressed application/json."


class HeadersTooLarge(GatehouseError):
    status_code = 431
    default_code = "headers_too_large"
    default_detail = "The request headers are too large."


class EndpointNotFound(GatehouseError):
    status_code = 404
    default_code = "unknown_endpoint"
    default_detail = "There is no such endpoint."


class WireNotSpoken(BadRequest):
    default_code = "unsupported_by_model"
    default_detail = (
        "The provider of this model does not speak the format of this endpoint. Use an endpoint that it speaks, or "
        "another model."
    )


class ParameterNotSupported(WireNotSpoken):
    """The provider's wire cannot say what the client asks for: refused by name rather than dropped."""

    default_code = "unsupported_parameter"
    default_detail = "A parameter of the request cannot be passed on to the provider of this model."

    def __init__(self, message: str | None = None, *, param: str | None = None) -> None:
        super().__init__(message, param=param)
        self.headers["x-should-retry"] = "false"


class ModelNotFound(GatehouseError):
    """Also for a model that exists but is not the caller's to see: the two answers are the same on purpose."""

    status_code = 404
    default_code = "model_not_found"
    default_detail = "There is no such model, or it is not available to you."


class MethodNotAllowed(GatehouseError):
    status_code = 405
    default_code = "method_not_allowed"
    default_detail = "This endpoint does not answer that method."


class UseHttp(GatehouseError):
    status_code = 426
    default_code = "websocket_not_supported"
    default_detail = "This endpoint speaks HTTP only: POST the request, streamed if you like."

    def __init__(self, message: str | None = None, *, param: str | None = None) -> None:
        super().__init__(message, param=param)
        self.headers["Upgrade"] = "HTTP/1.1"  # RFC 9110 section 15.5.22 wants it named


class AddressNotAllowed(GatehouseError):
    status_code = 403
    default_code = "address_not_allowed"
    default_detail = "This credential may not be used from your address."


class TooManyParallelCalls(GatehouseError):
    status_code = 429
    default_code = "rate_limit_exceeded"
    default_detail = "Too many calls are running at once."
    retryable = True


class CredentialEnded(GatehouseError):
    """What the caller was let in with was revoked while the answer ran; why is on record."""

    status_code = 401
    default_code = "credential_revoked"
    default_detail = "The credential was revoked while the answer was on its way, so the answer ends here."
    challenge = f'{REALM}, error="invalid_token"'


class NotReady(GatehouseError):
    status_code = 503
    default_code = "not_ready"
    default_detail = (
        "The gateway cannot confirm its configuration right now, so it lets nothing through. Try again shortly."
    )
    retryable = True


class AuditRefused(GatehouseError):
    status_code = 503
    default_code = "audit_unavailable"
    default_detail = "The call cannot be put on record right now, so it was not made. Try again shortly."
    retryable = True


class UpstreamRefusedUs(GatehouseError):
    """The provider did not accept the gateway's credential. Its own 401 would make the client doubt its token."""

    status_code = 502
    default_code = "upstream_auth_error"
    default_detail = "The provider did not accept the gateway's credential. An administrator has to look at it."


class UpstreamFailed(GatehouseError):
    status_code = 502
    default_code = "upstream_error"
    default_detail = "The provider could not be reached or did not give a usable answer. Try again shortly."
    retryable = True


class UpstreamOverloaded(GatehouseError):
    status_code = 503
    default_code = "upstream_unavailable"
    default_detail = "The provider is overloaded or down. Try again shortly."
    retryable = True


class UpstreamTimedOut(GatehouseError):
    status_code = 504
    default_code = "upstream_timeout"
    default_detail = "The provider did not answer in time. Try again, ask for less, or stream the answer."
    retryable = True


class UpstreamLimited(GatehouseError):
    status_code = 429
    default_code = "upstream_rate_limited"
    default_detail = "The provider limits how often the gateway may call it. Try again later, or use another model."
    retryable = True


class UpstreamRejected(GatehouseError):
    """The provider found fault with the request itself (400, 409, 413, 415, 422); its words are passed on, cleaned."""

    status_code = 400
    default_code = "upstream_rejected"
    default_detail = "The provider rejected the request."


class NoDeploymentFits(BadRequest):
    """Says of each deployment why it does not take the call."""

    default_code = "no_deployment_fits"
    default_detail = "No deployment of this model takes this call."


class DeploymentBusy(GatehouseError):
    status_code = 503
    default_code = "deployment_busy"
    default_detail = (
        "As many calls of this model run as are allowed at once, and none ended in time. Try again shortly."
    )
    retryable = True


class StreamCut(UpstreamFailed):
    default_code = "upstream_stream_cut"
    default_detail = "The provider's answer ended before it was complete."


class OutputNotJson(UpstreamFailed):
    default_code = "output_not_json"
    default_detail = "The model's answer was not a JSON object."


class Unexpected(GatehouseError):
    """The outermost boundary's answer to a defect of ours: nothing of it is shown."""

    status_code = 503
    default_code = "internal_error"
    default_detail = "The gateway could not handle the request. The operator finds the cause under the request id."
    retryable = True


class LimitExceeded(GatehouseError):
    status_code = 429
    default_code = "rate_limit_exceeded"
    default_detail = "A limit is used up."
    retryable = True


class LargerThanLimit(BadRequest):
    """Waiting does not help: the call alone is more than the limit allows."""

    default_code = "request_exceeds_limit"
    default_detail = "The call is larger than a limit."


class LimitsUnavailable(GatehouseError):
    status_code = 503
    default_code = "limits_unavailable"
    default_detail = "Limits cannot be checked right now, so the call was not made. Try again shortly."
    retryable = True


class BudgetExceeded(GatehouseError):
    """Trying again does not help until the budget begins anew, or somebody adds to it: not retryable.

    429 with `insufficient_quota`, as OpenAI says it, so that each SDK raises the class that its users catch.
    """

    status_code = 429
    default_code = "budget_exceeded"
    default_detail = "A budget is used up."


class BudgetsUnavailable(GatehouseError):
    status_code = 503
    default_code = "budgets_unavailable"
    default_detail = "Budgets cannot be checked right now, so the call was not made. Try again shortly."
    retryable = True


class BudgetGone(GatehouseError):
    """A token is good for what its budget allows, and for nothing once that is gone."""

    status_code = 403
    default_code = "budget_gone"
    default_detail = "The budget that this token names was deleted or switched off. Exchange your credential anew."


class PriceUnknown(GatehouseError):
    status_code = 403
    default_code = "price_unknown"
    default_detail = "The price of this model is not known."


class ReservationSpent(BudgetExceeded):
    """A stream that goes on beyond what was reserved for it ends here."""

    default_code = "reservation_exhausted"
    default_detail = (
        "The answer became longer than what was reserved for it, so it ends here. Set a larger maximum of output."
    )
