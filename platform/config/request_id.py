"""Every request has an id, in the answer, the logs and the audit: the caller's own if it is sane, else a UUIDv7."""

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from uuid_utils.compat import uuid7

SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,127}")
HEADERS = ("x-request-id", "request-id")


def choose(offered: str | None) -> str:
    """`offered` when it can stand in a header and in a log line as it is, else a new id."""
    return offered if offered and SANE.fullmatch(offered) else str(uuid7())


def of(request: HttpRequest) -> str:
    """The id of `request`, also where the middleware did not run (an error raised before it)."""
    return str(getattr(request, "request_id", "")) or choose(request.headers.get("x-request-id"))


class RequestIdMiddleware:
    """Sets `request.request_id` and both response headers, and binds `request_id` for every log line in between."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = choose(request.headers.get("x-request-id"))
        setattr(request, "request_id", request_id)  # noqa: B010 (HttpRequest has no such attribute for the type checker)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        for name in HEADERS:
            response.headers[name] = request_id
        return response
