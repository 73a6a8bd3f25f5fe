"""Requests: written in one wire, read, written in another, read again."""

import re

import orjson
import pytest

from llmproxy.wires.canonical.errors import UnsupportedParameter
from llmproxy.wires.canonical.request import Request
from llmproxy.wires.registry import CLIENTS, PROVIDERS
from tests import anthropic_shapes, aws_shapes, gemini_shapes, openai_shapes
from tests.llmproxy.wires.pairs.asked import REFUSED, REQUESTS
from tests.llmproxy.wires.pairs.losses import kept, normal

FAULTS = {
    "openai_chat": openai_shapes.chat_faults,
    "openai_responses": openai_shapes.responses_faults,
    "anthropic_messages": anthropic_shapes.faults,
    "gemini": gemini_shapes.faults,
    "bedrock_converse": lambda body: aws_shapes.faults(
        "bedrock-runtime", "ConverseRequest", body, absent=frozenset({"modelId"})
    ),
}


def said(request: Request, wire: str) -> bytes:
    """The body, which the provider would take."""
    body = orjson.dumps(PROVIDERS[wire].write(request, "m"))
    assert FAULTS[wire](orjson.loads(body)) == []
    return body


@pytest.mark.parametrize("wire", PROVIDERS)
@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_said_or_refused_by_name(name: str, wire: str) -> None:
    if refused := REFUSED[wire].get(name):
        with pytest.raises(UnsupportedParameter, match=f"^{re.escape(refused)} "):
            said(REQUESTS[name], wire)
    else:
        said(REQUESTS[name], wire)


@pytest.mark.parametrize("wire", CLIENTS)
@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_said_is_read_again(name: str, wire: str) -> None:
    if name not in REFUSED[wire]:
        read = CLIENTS[wire].read(orjson.loads(said(REQUESTS[name], wire)), REQUESTS[name].stream)
        assert normal(read) == normal(kept(REQUESTS[name], wire))


@pytest.mark.parametrize("last", PROVIDERS)
@pytest.mark.parametrize("first", CLIENTS)
def test_what_one_wire_says_another_says_too(first: str, last: str) -> None:
    for name, request in REQUESTS.items():
        if name in REFUSED[first]:
            continue
        read = CLIENTS[first].read(orjson.loads(said(request, first)), request.stream)
        if name in REFUSED[last]:
            with pytest.raises(UnsupportedParameter) as refused:
                said(read, last)
            assert refused.value.param, name
            continue
        body = said(read, last)
        if last in CLIENTS:
            again = CLIENTS[last].read(orjson.loads(body), request.stream)
            assert normal(again) == normal(kept(kept(request, first), last)), name
