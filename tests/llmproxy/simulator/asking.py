"""How the tests call the simulator: as the transport does."""

from dataclasses import dataclass
from typing import Any

import orjson

from llmproxy.simulator import answer
from llmproxy.transport.request import Timeouts, UpstreamRequest

QUESTION = ({"role": "user", "content": "Why is the sky blue?"},)


@dataclass
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)

    def events(self) -> list[Any]:
        """The streamed chunks, without [DONE]."""
        lines = [line for line in self.body.split(b"\n\n") if line and line != b"data: [DONE]"]
        return [orjson.loads(line.removeprefix(b"data: ")) for line in lines]

    def text(self) -> str:
        return str(self.json()["choices"][0]["message"]["content"])


async def ask(
    path: str,
    body: object = None,
    method: str = "POST",
    timeouts: Timeouts = Timeouts(),  # noqa: B008 (frozen)
) -> Answer:
    raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    response = await answer(UpstreamRequest(method, f"simulator://local/v1/{path}", (), raw, timeouts))
    return Answer(response.status, dict(response.headers), await response.read(10_000_000))


async def chat(model: str = "simulator-chat", timeouts: Timeouts = Timeouts(), **more: Any) -> Answer:  # noqa: B008
    return await ask("chat/completions", {"model": model, "messages": QUESTION, **more}, timeouts=timeouts)
