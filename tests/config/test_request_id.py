"""Every request has an id."""

import uuid

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config import request_id


def answer(offered: str | None, seen: dict[str, object] | None = None) -> HttpResponse:
    """The middleware's answer to a request that offers an id."""

    def view(request: HttpRequest) -> HttpResponse:
        if seen is not None:
            seen["request"] = request_id.of(request)
            seen["log"] = structlog.contextvars.get_contextvars().get("request_id")
        return HttpResponse()

    headers = {} if offered is None else {"x-request-id": offered}
    return request_id.RequestIdMiddleware(view)(RequestFactory().get("/", headers=headers))


def test_it_takes_the_callers_sane_id() -> None:
    seen: dict[str, object] = {}
    response = answer("req_abc-123.45:6", seen)
    assert response.headers["x-request-id"] == response.headers["request-id"] == "req_abc-123.45:6"
    assert seen == {"request": "req_abc-123.45:6", "log": "req_abc-123.45:6"}


@pytest.mark.parametrize(
    "offered", [None, "", "short", "a" * 129, "has space 1234", "<script>alert(1)</script>", "äöü-äöü"]
)
def test_it_makes_a_new_one_when_the_callers_is_missing_or_odd(offered: str | None) -> None:
    assert uuid.UUID(answer(offered).headers["x-request-id"]).version == 7


def test_it_forgets_the_id_after_the_request() -> None:
    answer("req-12345678")
    assert "request_id" not in structlog.contextvars.get_contextvars()
