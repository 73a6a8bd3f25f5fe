"""Errors of the management API: RFC 9457, whatever was raised."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from config import problem_details


class Form(serializers.Serializer[Any]):
    """What the view below reads."""

    name = serializers.CharField(max_length=3)
    limits = serializers.ListField(child=serializers.IntegerField())


def ask(error: Exception | None, data: object = None) -> Response:
    """A DRF view's answer when it raises `error`, or validates `data`."""

    class View(APIView):
        authentication_classes = ()
        permission_classes = ()

        def post(self, request: Request) -> Response:
            if error is not None:
                raise error
            Form(data=request.data).is_valid(raise_exception=True)
            return Response({})

        def get_exception_handler(self) -> Any:
            return problem_details.exception_handler

    request = APIRequestFactory().post("/api/v1/things/", data, format="json", headers={"x-request-id": "req-12345678"})
    response: Response = View.as_view()(request)
    response.render()
    return response


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.NotFound(), 404, "not_found"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (exceptions.Throttled(wait=2.5), 429, "throttled"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
        (exceptions.ParseError(), 400, "parse_error"),
        (SuspiciousOperation("secret detail"), 400, "validation_error"),
    ],
)
def test_a_refusal_is_a_problem(error: Exception, status: int, code: str) -> None:
    response = ask(error)
    body = json.loads(response.content)
    assert response.status_code == status == body["status"]
    assert response["content-type"] == "application/problem+json"
    assert body["code"] == code and body["type"] == f"urn:gatehouse:problem:{code}"
    assert body["instance"] == "/api/v1/things/" and body["request_id"] == "req-12345678"
    assert body["title"] and body["detail"] and "secret" not in response.content.decode()


def test_field_errors_are_listed_by_path() -> None:
    body = json.loads(ask(None, {"name": "toolong", "limits": [1, "x"]}).content)
    assert body["code"] == "validation_error"
    assert {(error["field"], error["code"]) for error in body["errors"]} == {
        ("name", "max_length"),
        ("limits.1", "invalid"),
    }


def test_malformed_json_is_a_problem_too() -> None:
    request = APIRequestFactory().post("/api/v1/things/", data=b"{", content_type="application/json")

    class View(APIView):
        authentication_classes = ()
        permission_classes = ()

        def post(self, request: Request) -> Response:
            return Response(request.data)

    response = View.as_view()(request).render()
    assert response.status_code == 400 and json.loads(response.content)["code"] == "parse_error"


def test_the_wait_is_told() -> None:
    assert ask(exceptions.Throttled(wait=3))["retry-after"] == "3"


def test_a_fault_is_left_to_the_last_resort() -> None:
    with pytest.raises(ZeroDivisionError):
        ask(ZeroDivisionError())
