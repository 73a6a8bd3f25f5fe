"""One server that speaks every provider's wire, as strict as the real ones: what they would refuse is a 400 here."""

import base64
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import orjson

from llmproxy.wires.gemini_generate.names import camel
from tests.e2e.sdks.likely import in_stream, is_asked
from tests.e2e.sdks.likely import told as scored
from tests.llmproxy.pairs import anthropic, bedrock, gemini, openai_chat, openai_responses
from tests.llmproxy.pairs.scenario import Asked, CallTold, Outcome

WIRES: dict[str, ModuleType] = {
    "/messages": anthropic, "/chat/completions": openai_chat, "/responses": openai_responses,
    ":generateContent": gemini, ":streamGenerateContent?alt=sse": gemini, "/converse": bedrock,
    "/converse-stream": bedrock,
}  # fmt: skip
STREAMED = (":streamGenerateContent?alt=sse", "/converse-stream")
# What lies in these is the client's own.
OWN = frozenset({"args", "response", "parametersJsonSchema", "responseJsonSchema"})
BREATH = 0.2  # seconds in which what was said before goes out
VECTOR = [0.25, -0.5]
PATCH = '*** Begin Patch\n+Grüße "\\" 世界\n*** End Patch\n'
WEATHER = CallTold("get_weather", {"city": "Köln"})


def outcome(asked: Asked, *, free_text: bool) -> Outcome:
    """What the model answers. Args: free_text: the tools of the request take it."""
    if asked.result:
        return Outcome(f"it is {asked.result}")
    if "apply_patch" in asked.tools:
        return Outcome("", (CallTold("apply_patch", PATCH if free_text else {"input": PATCH}),), "tools")
    if asked.tools:
        return Outcome("let me look", (WEATHER,), "tools")
    if asked.schema:
        return Outcome('{"a":1}')
    return Outcome("a dot" if asked.images else "Grüße, 世界")


def spelled(value: Any) -> Any:
    """Google's API takes its members in either of two spellings, and its SDK for Python mixes them."""
    if isinstance(value, list):
        return [spelled(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: inner if name in OWN else spelled(inner) for name, inner in camel(value).items()}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: "Upstream"

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        body, target = orjson.loads(raw), self.path
        if target.endswith("/embeddings"):
            self._whole(200, _openai_vectors(body))
        elif target.endswith((":embedContent", ":batchEmbedContents")):
            self._whole(200, _gemini_vectors(body))
        else:
            self._generate(body, target, next(each for end, each in WIRES.items() if target.endswith(end)))

    def _generate(self, body: Any, target: str, wire: ModuleType) -> None:
        body = spelled(body) if wire is gemini else body
        if self._failed(wire.heard(body).text, wire):
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        # Where nothing is translated the client's own version goes on.
        wrong = [each for each in wire.faults(body, target, headers) if each != "anthropic-version"]
        if wrong:
            self.server.refused += [f"{target}: {each}" for each in wrong]
            self._whole(400, wire.refused("; ".join(wrong)))
            return
        takes_text = wire is not gemini and any(each.get("type") == "custom" for each in body.get("tools", ()))
        told, likely = outcome(wire.heard(body), free_text=takes_text), is_asked(wire, body)
        if target.endswith(STREAMED) or body.get("stream") is True:
            events = wire.stream(told)
            self._stream(wire.STREAM_TYPE, in_stream(wire, events) if likely else events)
        else:
            answer = orjson.loads(wire.answer(told))
            if likely:
                scored(wire, answer)
            self._whole(200, orjson.dumps(answer))

    def _failed(self, asked: str, wire: ModuleType) -> bool:
        """Fail as the words of the request want it: `fail 429`, or `break off` in the middle of a stream."""
        if asked.startswith("fail "):
            self._whole(int(asked.split()[1]), wire.refused("as was asked for"))
        elif asked == "break off":
            begun = wire.stream(Outcome("hello to all of you"))
            self._stream(wire.STREAM_TYPE, [*begun[: len(begun) // 2], wire.stream_failure("broken off")], BREATH)
        else:
            return False
        return True

    def _whole(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, kind: str, events: list[bytes], before_the_last: float = 0.0) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events:
            if event is events[-1]:
                time.sleep(before_the_last)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _openai_vectors(body: Any) -> bytes:
    count = len(body["input"]) if isinstance(body["input"], list) else 1
    packed = base64.b64encode(struct.pack("<2f", *VECTOR)).decode()
    told: list[float] | str = packed if body.get("encoding_format") == "base64" else VECTOR
    data = [{"object": "embedding", "index": index, "embedding": told} for index in range(count)]
    usage = {"prompt_tokens": 4, "total_tokens": 4}
    return orjson.dumps({"object": "list", "data": data, "model": "e", "usage": usage})


def _gemini_vectors(body: Any) -> bytes:
    if "requests" not in body:
        return orjson.dumps({"embedding": {"values": VECTOR}})
    return orjson.dumps({"embeddings": [{"values": VECTOR} for _ in body["requests"]]})


class Upstream(ThreadingHTTPServer):
    """All providers. Attributes: refused: what they would not have taken."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.refused: list[str] = []
        self._thread = threading.Thread(target=self.serve_forever, name="sdk-upstream", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def stop(self) -> None:
        """End it."""
        self.shutdown()
        self.server_close()
        self._thread.join(10)
