"""What clients should not send, as raw bytes against the deployed port: the right status in the API's dialect."""

import gzip
import itertools
import json
import socket
import time
from collections.abc import Iterator

import pytest

from tests.e2e.product import Product
from tests.e2e.raw import RawAnswer, exchange, request

pytestmark = pytest.mark.processes

MEGABYTE = 1024 * 1024
MESSAGES = [{"role": "user", "content": "hi"}]


def assert_refused(answer: RawAnswer, *statuses: int) -> None:
    """One of the statuses, in OpenAI's dialect; what the HTTP server itself refuses has no body at all."""
    assert answer.status in statuses, (answer.status, answer.body[:300])
    assert b"<html" not in answer.body.lower()
    assert b"Traceback" not in answer.body
    if answer.body:
        assert answer.headers["content-type"].startswith(("application/json", "application/problem+json"))
        assert answer.headers["x-request-id"]


def assert_refused_in_dialect(answer: RawAnswer, *statuses: int) -> None:
    """As above, and the body is OpenAI's error object."""
    assert_refused(answer, *statuses)
    error = answer.json()["error"]
    assert set(error) >= {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe{}",
        b"{'model': 'x'}",
        b'{"model": NaN}',
        b'{"model": "x"} trailing',
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
)
def test_a_body_that_is_no_json_object_is_a_400(product: Product, body: bytes) -> None:
    assert_refused_in_dialect(exchange(product, request(product, body)), 400)


@pytest.mark.parametrize(
    "change",
    [
        {"model": 7},
        {"model": None},
        {"model": ["a"]},
        {"model": ""},
        {"messages": "hi"},
        {"messages": []},
        {"messages": None},
        {"stream": "yes"},
        {"stream": 1},
        {"stream_options": "x", "stream": True},
    ],
)
def test_wrong_types_are_a_400(product: Product, change: dict[str, object]) -> None:
    body = {"model": product.first_run["model"], "messages": MESSAGES, **change}
    assert_refused_in_dialect(exchange(product, request(product, json.dumps(body).encode())), 400)


@pytest.mark.parametrize("body", [{}, {"input": 1}, {"input": ""}, {"input": "x", "parameters": 3}, {"other": 1}])
def test_analyzing_refuses_what_it_does_not_know(product: Product, body: dict[str, object]) -> None:
    raw = request(product, json.dumps(body).encode(), target="POST /v1/analyzing")
    assert_refused_in_dialect(exchange(product, raw), 400)


@pytest.mark.parametrize("name", ["no-such-model", "a\0b", "a\r\nX-Evil: 1", "../../etc/passwd", "m" * 5000, "💥"])
def test_an_unknown_model_is_refused_whatever_its_name_holds(product: Product, name: str) -> None:
    answer = exchange(product, request(product, json.dumps({"model": name, "messages": MESSAGES}).encode()))
    assert_refused_in_dialect(answer, 400, 404)
    assert "x-evil" not in answer.headers


def test_a_compressed_body_is_a_415(product: Product) -> None:
    body = gzip.compress(json.dumps({"model": product.first_run["model"], "messages": MESSAGES}).encode())
    assert_refused_in_dialect(exchange(product, request(product, body, "Content-Encoding: gzip")), 415)


def test_a_body_of_another_type_is_a_415(product: Product) -> None:
    assert_refused_in_dialect(exchange(product, request(product, b"a=b", "Content-Type: text/plain")), 415)


def test_a_huge_declared_body_is_refused_before_it_is_sent(product: Product) -> None:
    answer = exchange(product, request(product, b"", f"Content-Length: {1024 * MEGABYTE}"))
    assert_refused_in_dialect(answer, 413)


def test_a_huge_chunked_body_is_cut_off_and_memory_stays_flat(product: Product) -> None:
    before = product.memory("granian")
    for _ in range(3):
        head = request(product, b"", "Transfer-Encoding: chunked")
        answer = exchange(product, itertools.chain([head], _endless_chunks(64)))
        assert answer.status in (413, 0)
    assert product.memory("granian") - before < 120 * MEGABYTE
    assert product.chat(model="whole").status == 200


def test_a_stranger_is_refused_before_the_body_is_read(product: Product) -> None:
    head = request(product, b"", "Authorization: Bearer nobody", "Transfer-Encoding: chunked")
    assert_refused_in_dialect(exchange(product, head), 401)


def _endless_chunks(megabytes: int) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield b"%x\r\n%b\r\n" % (MEGABYTE, b"x" * MEGABYTE)


def test_a_chunked_body_within_the_limit_is_read(product: Product) -> None:
    body = json.dumps({"model": "whole", "messages": MESSAGES}).encode()
    parts = [request(product, b"", "Transfer-Encoding: chunked"), b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)]
    assert exchange(product, parts).status == 200


@pytest.mark.parametrize("body", [b"{}", b"2\r\n{}\r\nzz\r\n", b"-1\r\n{}\r\n", b"ffffffffffffffffff\r\n{}"])
def test_broken_chunks_are_a_400(product: Product, body: bytes) -> None:
    answer = exchange(product, request(product, b"", "Transfer-Encoding: chunked") + body, timeout=5)
    assert_refused(answer, 400, 0)


def test_where_two_framings_are_given_the_chunks_decide(product: Product) -> None:
    """RFC 9112 6.3. The server drops the content-length before we see it, so it cannot be refused here."""
    body = json.dumps({"model": "whole", "messages": MESSAGES}).encode()
    head = request(product, b"", "Content-Length: 4", "Transfer-Encoding: chunked")
    answer = exchange(product, [head, b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)], timeout=5)
    assert answer.status in (200, 400, 0)
    assert answer.body.count(b"HTTP/1.1") == 0


def test_slow_bodies_end_in_a_408_and_hold_nobody_else_up(product: Product) -> None:
    slow = [socket.create_connection(("127.0.0.1", product.port), timeout=30) for _ in range(50)]
    try:
        for connection in slow:
            connection.sendall(request(product, b"", "Content-Length: 100000") + b"{")
        began = time.monotonic()
        assert product.chat(model="whole").status == 200
        assert time.monotonic() - began < 5
        for connection in slow:
            assert connection.recv(4096).split(b" ")[1] == b"408"
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.parametrize(
    "lines",
    [
        ("Authorization: Bearer {key}", "Authorization: Bearer other"),
        ("Authorization: Bearer {key}", "Authorization: Bearer {key}"),
        ("Authorization: Bearer {key}", "x-api-key: other"),
    ],
)
def test_two_credentials_are_a_400(product: Product, lines: tuple[str, ...]) -> None:
    named = [line.format(key=product.first_run["api_key"]) for line in lines]
    assert_refused_in_dialect(exchange(product, request(product, b"{}", *named)), 400)


def test_a_credential_in_the_query_is_not_one(product: Product) -> None:
    target = f"GET /v1/models?api_key={product.first_run['api_key']}"
    answer = exchange(product, f"{target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert_refused_in_dialect(answer, 400, 401)


@pytest.mark.parametrize(
    "credential", ["", "Bearer", "Bearer  ", "Basic eDp5", "Bearer \xe9", "bearer " + "x" * 9000, "%00"]
)
def test_a_broken_credential_is_refused(product: Product, credential: str) -> None:
    answer = exchange(product, request(product, b"{}", f"Authorization: {credential}"))
    assert_refused_in_dialect(answer, 400, 401)


@pytest.mark.parametrize("target", ["BREW /v1/chat/completions", "GET /v1/chat/completions", "DELETE /v1/models"])
def test_a_method_that_the_endpoint_does_not_know_is_a_405(product: Product, target: str) -> None:
    answer = exchange(product, request(product, target=target))
    assert_refused_in_dialect(answer, 405)
    assert answer.headers["allow"]


@pytest.mark.parametrize("kilobytes", [48, 1024])
def test_oversized_headers_are_refused(product: Product, kilobytes: int) -> None:
    answer = exchange(product, request(product, b"{}", "X-Padding: " + "a" * kilobytes * 1024))
    assert_refused(answer, 431, 400, 0)
    assert product.chat(model="whole").status == 200


def test_many_headers_are_refused(product: Product) -> None:
    answer = exchange(product, request(product, b"{}", *(f"X-N{number}: 1" for number in range(5000))))
    assert_refused(answer, 431, 400, 0)


@pytest.mark.parametrize(
    "line",
    ["X-Evil: a\0b", "X_Tenant: other", "X Evil: 1", "Content-Length: 2\r\nContent-Length: 3", "Content-Length: -1",
     "Transfer-Encoding: gzip", "X-Folded: a\r\n b"],
)  # fmt: skip
def test_a_smuggler_s_header_is_refused(product: Product, line: str) -> None:
    assert_refused(exchange(product, request(product, b"{}", line), timeout=5), 400, 411, 501, 0)


@pytest.mark.parametrize(
    "path",
    ["//v1/models", "/v1/../v1/models", "/v1/%2e%2e/v1/models", "/v1%2fmodels", "/v1/models;x", "/v1/models/",
     "/V1/models", "/./v1/models", "/v1//models", "/v1/models%00", "/v1\\models", "/%76%31/models", "http://elsewhere/v1/models"],
)  # fmt: skip
def test_no_spelling_of_a_path_gets_past_the_credential(product: Product, path: str) -> None:
    answer = exchange(product, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    assert_refused(answer, 400, 401, 404)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/chat/completions/", "/v1/chat%2fcompletions/x"])
def test_a_path_that_is_no_endpoint_is_a_404_in_the_dialect(product: Product, path: str) -> None:
    assert_refused_in_dialect(exchange(product, request(product, b"{}", target=f"POST {path}")), 404)


@pytest.mark.parametrize("noise", [b"\0" * 100, b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n"])
def test_noise_is_refused(product: Product, noise: bytes) -> None:
    assert_refused(exchange(product, noise + b"\r\n\r\n", timeout=5), 400, 404, 505, 0)
    assert product.chat(model="whole").status == 200
