"""A real model server answers through the gateway: llama.cpp, with a tiny model of random weights made here."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.isolated import environment
from tests.e2e.product import Answer, Product, eventually

pytestmark = pytest.mark.processes

HERE = Path(__file__).parent
KEY = "model-server-key"
MODEL = "tiny"
TEXT = "Once upon a time"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where llama.cpp's server listens."""
    python = str(environment("model-server", HERE / "requirements-model-server.txt"))
    model = str(tmp_path_factory.mktemp("model") / "tiny.gguf")
    subprocess.run([python, str(HERE / "model_server" / "make_model.py"), model], check=True)
    command = [python, str(HERE / "model_server" / "serve.py"), model, KEY]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdin is not None and server.stdout is not None
        said = next(line for line in server.stdout if line.startswith("LISTENING "))
        yield said.split()[1]
        server.stdin.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, address: str) -> Iterator[Product]:
    """The product, to which an administrator added the server."""
    settings = {"GATEHOUSE_EGRESS_ALLOW": address.removeprefix("http://")}
    one = Product(tmp_path_factory.mktemp("gatehouse") / "data", settings)
    one.start()
    try:
        said = one.script(HERE / "add_model_server.py", E2E_URL=f"{address}/v1", E2E_KEY=KEY)
        assert json.loads(said.split("SAID", 1)[1]) == {"works": True, "models": [MODEL]}
        eventually(lambda: _lists_it(one), 10, "the model is listed")
        yield one
    finally:
        one.stop()


def _lists_it(product: Product) -> bool:
    return MODEL in [one["id"] for one in product.call("GET", "/v1/models").json()["data"]]


def events(answer: Answer) -> list[dict[str, Any]]:
    """The objects of a stream."""
    assert answer.status == 200, answer.body
    lines = [line.removeprefix("data: ") for line in answer.body.decode().splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def chat(product: Product, **more: object) -> Answer:
    """Passed through."""
    ask = {"model": MODEL, "messages": [{"role": "user", "content": TEXT}], "max_tokens": 12, "temperature": 0}
    return product.call("POST", "/v1/chat/completions", {**ask, **more})


def test_chat_completions_whole_and_streamed_say_the_same(served: Product) -> None:
    told = chat(served).json()
    said = told["choices"][0]["message"]["content"]
    assert said and told["usage"]["completion_tokens"] == 12
    streamed = events(chat(served, stream=True))
    pieces = [chunk["choices"][0]["delta"].get("content") or "" for chunk in streamed if chunk["choices"]]
    assert "".join(pieces) == said
    assert all(chunk["choices"] for chunk in streamed), "the usage that only the gateway asked for is taken out"


def test_messages_are_translated(served: Product) -> None:
    said = chat(served).json()["choices"][0]["message"]["content"]
    ask = {"model": MODEL, "max_tokens": 12, "temperature": 0, "messages": [{"role": "user", "content": TEXT}]}
    told = served.call("POST", "/v1/messages", ask).json()
    assert (told["content"][0]["text"], told["stop_reason"]) == (said, "max_tokens")
    assert told["usage"]["output_tokens"] == 12
    streamed = events(served.call("POST", "/v1/messages", {**ask, "stream": True}))
    deltas = [event["delta"]["text"] for event in streamed if event["type"] == "content_block_delta"]
    assert "".join(deltas) == said
    assert [streamed[0]["type"], streamed[-1]["type"]] == ["message_start", "message_stop"]


def test_responses_are_translated(served: Product) -> None:
    said = chat(served).json()["choices"][0]["message"]["content"]
    ask = {"model": MODEL, "input": TEXT, "max_output_tokens": 12, "temperature": 0, "store": False}
    told = served.call("POST", "/v1/responses", ask).json()
    assert (told["output"][0]["content"][0]["text"], told["status"]) == (said, "incomplete")
    streamed = events(served.call("POST", "/v1/responses", {**ask, "stream": True}))
    assert streamed[-1]["response"]["usage"]["output_tokens"] == 12


def test_generate_content_is_translated(served: Product) -> None:
    said = chat(served).json()["choices"][0]["message"]["content"]
    ask = {"contents": [{"parts": [{"text": TEXT}]}], "generationConfig": {"maxOutputTokens": 12, "temperature": 0}}
    told = served.call("POST", f"/v1beta/models/{MODEL}:generateContent", ask).json()
    assert told["candidates"][0]["content"]["parts"][0]["text"] == said
    streamed = events(served.call("POST", f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse", ask))
    parts = [part for event in streamed for part in event["candidates"][0]["content"]["parts"]]
    assert "".join(part["text"] for part in parts) == said


def test_json_by_a_schema_is_json(served: Product) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "boolean"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}
    told = chat(served, response_format=form, max_tokens=64).json()
    assert isinstance(json.loads(told["choices"][0]["message"]["content"])["a"], bool)


def test_what_it_refuses_is_told_in_the_clients_dialect(served: Product) -> None:
    ask = {"model": MODEL, "max_tokens": 12, "messages": [{"role": "user", "content": "x " * 5000}]}
    refused = served.call("POST", "/v1/messages", ask)
    assert (refused.status, refused.json()["type"]) == (400, "error")
    assert "context" in refused.json()["error"]["message"]
