"""What the provider says and does wrong does not reach the client as it is."""

import time

import pytest

from tests.e2e.product import Answer, Product
from tests.e2e.provider import CANARY, Provider

pytestmark = pytest.mark.processes

OURS = {
    "content-type", "content-length", "date", "x-request-id", "request-id", "connection", "server",
    "x-gatehouse-deployment", "x-gatehouse-attempts",
}  # fmt: skip


def ask(product: Product, model: str, **headers: str) -> Answer:
    """A chat call on one of the scripted behaviours."""
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
    return product.call("POST", "/v1/chat/completions", body, headers=headers)


def test_the_provider_s_401_becomes_a_502_without_its_words(product: Product) -> None:
    answer = ask(product, "refuse")
    assert answer.status == 502
    assert answer.json()["error"]["code"] == "upstream_auth_error"
    assert CANARY not in answer.body.decode() + str(answer.headers)
    assert "canary" not in str(answer.headers)


def test_only_listed_headers_come_back(product: Product) -> None:
    answer = ask(product, "whole")
    assert answer.status == 200
    assert set(answer.headers) <= OURS, answer.headers
    assert "canary" not in str(answer.headers)


def test_only_listed_headers_go_out(product: Product, provider: Provider) -> None:
    hostile = {
        "X-Tenant": "other",
        "Cookie": "a=b",
        "X-Forwarded-For": "1.2.3.4",
        "Connection": "x-tenant, authorization",
    }
    assert ask(product, "whole", **hostile).status == 200
    sent, _ = provider.seen.requests[-1]
    assert sent["authorization"] == f"Bearer {CANARY}"
    assert not {"x-tenant", "cookie", "x-forwarded-for", "forwarded", "x-api-key"} & set(sent)
    assert product.first_run["api_key"] not in str(sent)


def test_a_silent_provider_is_a_504_at_the_configured_time(product: Product) -> None:
    began = time.monotonic()
    answer = ask(product, "silent")
    assert answer.status == 504
    assert answer.json()["error"]["code"] == "upstream_timeout"
    assert 1.5 < time.monotonic() - began < 10
