"""What the management API's views raise, as RFC 9457 problem details: DRF's EXCEPTION_HANDLER."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import SuspiciousOperation
from django.core.exceptions import ValidationError as ModelError
from django.db.models import ProtectedError
from django.http import Http404
from rest_framework.exceptions import APIException, NotFound, PermissionDenied, ValidationError
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.api.refusals import EvidenceUnavailable, InUse
from accounts.api.rows import as_detail
from accounts.challenges import challenges
from accounts.errors import GatehouseError
from audit.errors import AuditUnavailable
from config import request_id
from config.problem import CODES, DETAILS, MEDIA_TYPE, problem


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn what a DRF view raised into a problem; None for what is no answer but a fault (handler500 takes it)."""
    refusal = _as_refusal(error)
    if refusal is None:
        return None
    set_rollback()
    request = context["request"]
    code, detail, more = _described(refusal)
    body = problem(refusal.status_code, code, detail, request.path, request_id.of(request), **more)
    return Response(body, status=refusal.status_code, headers=_headers(refusal), content_type=MEDIA_TYPE)


def _as_refusal(error: Exception) -> APIException | None:
    match error:
        case APIException():
            return error
        case Http404():
            return NotFound()
        case DjangoPermissionDenied():
            return PermissionDenied()
        case ModelError():
            return ValidationError(as_detail(error))
        case ProtectedError():
            return InUse()
        case AuditUnavailable():
            return EvidenceUnavailable()
        case SuspiciousOperation():
            return ValidationError(DETAILS[400], code=CODES[400])
    return None


def _described(refusal: APIException) -> tuple[str, str, dict[str, object]]:
    if isinstance(refusal, ValidationError):
        errors = [{"field": field, "code": code, "detail": text} for field, code, text in _flat(refusal.detail)]
        return "validation_error", "The request is not valid: see errors.", {"errors": errors}
    code = str(getattr(refusal, "code", None) or refusal.get_codes())
    text = str(getattr(refusal, "message", None) or refusal.detail)
    names = ("param", "rule", "remaining", "resets_at", "retryable")
    return code, text, {name: value for name in names if (value := getattr(refusal, name, None)) is not None}


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """(field, code, text) of each leaf of DRF's nested error details."""
    if isinstance(detail, Mapping):
        for name, value in detail.items():
            yield from _flat(value, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        nested = any(isinstance(item, Mapping) for item in detail)
        for index, item in enumerate(detail):
            yield from _flat(item, f"{path}[{index}]" if nested else path)
    else:
        yield path, str(getattr(detail, "code", "invalid")), str(detail)


def _headers(refusal: APIException) -> dict[str, str]:
    headers = dict(getattr(refusal, "headers", None) or {})
    if isinstance(refusal, GatehouseError) and (lines := challenges(refusal)):
        headers["WWW-Authenticate"] = ", ".join(lines)  # Django's answers hold one line of a name
    if challenge := getattr(refusal, "auth_header", None):  # set by DRF's APIView
        headers.setdefault("WWW-Authenticate", str(challenge))
    if wait := getattr(refusal, "wait", None):
        headers.setdefault("Retry-After", str(int(wait)))
    return headers
