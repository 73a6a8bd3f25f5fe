"""The lean request: headers are taken strictly, and say the same to everybody who reads them."""

import pytest

from llmproxy.errors import BadRequest, HeadersTooLarge, UnsupportedMediaType
from llmproxy.gateway.body import Message
from llmproxy.gateway.request import GatewayRequest


async def nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def request(*headers: tuple[str, str]) -> GatewayRequest:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    made = GatewayRequest({"method": "POST", "path": "/v1/x", "headers": raw, "client": ("192.0.2.1", 1)}, nothing)
    made.take_headers()
    return made


def test_headers_are_read_by_lower_case_name_and_as_drf_expects_them() -> None:
    made = request(("x-one", "1"), ("accept", "a"), ("accept", "b"))
    assert made.headers["accept"] == "a, b"
    assert made.META["HTTP_X_ONE"] == "1"
    assert made.META["REMOTE_ADDR"] == "192.0.2.1"


@pytest.mark.parametrize("name", ["authorization", "x-api-key", "content-length", "host", "dpop"])
def test_a_single_header_sent_twice_is_refused(name: str) -> None:
    with pytest.raises(BadRequest, match=name):
        request((name, "a"), (name, "a"))


def test_a_name_that_proxies_fold_into_another_is_refused() -> None:
    with pytest.raises(BadRequest):
        request(("x_tenant", "a"))


def test_headers_without_measure_are_refused() -> None:
    with pytest.raises(HeadersTooLarge):
        request(("x-filler", "x" * 33_000))


def test_a_sane_request_id_is_kept_and_another_is_replaced() -> None:
    assert request(("x-request-id", "order-12345")).request_id == "order-12345"
    assert request(("x-request-id", "bad id\n")).request_id != "bad id\n"


async def test_a_compressed_body_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType):
        await request(("content-encoding", "gzip")).body(10)


def test_the_principal_cannot_be_read_before_authentication() -> None:
    with pytest.raises(RuntimeError):
        _ = request().principal
