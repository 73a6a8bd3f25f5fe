"""What translating costs: one exchange of two kilobytes, and one chunk of a stream, from every client's wire to every
provider's and back.

    python bench/translation.py [rounds]

Pure processor time on one core, without a network: the client's bytes in, the provider's bytes out, the provider's
answer in, the client's answer out. The best of several rounds is shown, as noise only adds.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import orjson

from llmproxy.wires import aws_event_stream
from llmproxy.wires.canonical.answer import (
    Answer,
    Delta,
    Event,
    Facts,
    Finish,
    Finished,
    PartEnded,
    PartStarted,
    Started,
)
from llmproxy.wires.canonical.content import Message, Role, Text, Tool, ToolCall, ToolResult
from llmproxy.wires.canonical.request import Request
from llmproxy.wires.registry import CLIENTS, PROVIDERS
from llmproxy.wires.usage import Usage

ROUNDS, EXCHANGES, CHUNKS = 15, 200, 400
MOST_EXCHANGE, MOST_CHUNK = 150.0, 15.0  # microseconds
FACTS = Facts("id_0190f5fe", "public", 1_700_000_000)
WORDS = "the quick brown fox jumps over the lazy dog and "
TOOL = Tool(
    "get_weather",
    "Tells the weather of a city.",
    {"type": "object", "properties": {"city": {"type": "string"}, "unit": {"type": "string"}}, "required": ["city"]},
)
CALL = ToolCall("call_0190f5fe", "get_weather", '{"city":"Rome","unit":"celsius"}')
REQUEST = Request(
    (
        Message(Role.USER, (Text(WORDS * 4),)),
        Message(Role.ASSISTANT, (Text("I look it up."), CALL)),
        Message(Role.USER, (ToolResult(CALL.id, CALL.name, (Text("sunny, 24 degrees"),)),)),
        Message(Role.ASSISTANT, (Text(WORDS),)),
        Message(Role.USER, (Text(WORDS * 2),)),
    ),
    system=(Text(WORDS * 3),),
    tools=(TOOL,),
    max_tokens=500,
    temperature=0.5,
)
USAGE = Usage(300, 150)
ANSWER = Answer("id", "m", (Text(WORDS * 9), CALL), Finish.TOOL_CALLS, USAGE)
CONVERSE = {
    "output": {"message": {"role": "assistant", "content": [
        {"text": WORDS * 9}, {"toolUse": {"toolUseId": CALL.id, "name": CALL.name, "input": {"city": "Rome"}}}]}},
    "stopReason": "tool_use", "usage": {"inputTokens": 300, "outputTokens": 150, "totalTokens": 450},
}  # fmt: skip


def main() -> None:
    """Measure all pairs and print the table; exit 1 if a pair is over its bound."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    print("| client | provider | bytes | exchange µs | chunk µs |\n|---|---|---|---|---|")
    worst = (0.0, 0.0)
    for client in CLIENTS:
        for provider in PROVIDERS:
            if client != provider:
                size, whole, chunk = measured(client, provider, rounds)
                print(f"| {client} | {provider} | {size:,} | {whole:.0f} | {chunk:.1f} |", flush=True)
                worst = (max(worst[0], whole), max(worst[1], chunk))
    whole, chunk = worst
    print(f"\nworst: exchange {whole:.0f} µs (bound {MOST_EXCHANGE:.0f}), chunk {chunk:.1f} µs ({MOST_CHUNK:.0f})")
    sys.exit(whole > MOST_EXCHANGE or chunk > MOST_CHUNK)


def measured(client: str, provider: str, rounds: int) -> tuple[int, float, float]:
    """Bytes of an exchange, microseconds of it, microseconds of a chunk."""
    asked, answered = orjson.dumps(PROVIDERS[client].write(REQUEST, "public")), answer_of(provider)
    whole = best(lambda: exchanges(client, provider, asked, answered), rounds) / EXCHANGES
    chunks = stream_of(provider)
    streamed = best(lambda: chunk_by_chunk(client, provider, chunks), rounds) / CHUNKS
    return len(asked) + len(answered), whole, streamed


def best(work: Callable[[], None], rounds: int) -> float:
    """Microseconds of processor time that `work` takes at its best."""
    found = []
    for _ in range(rounds):
        begun = time.process_time_ns()
        work()
        found.append(time.process_time_ns() - begun)
    return min(found) / 1000


def exchanges(client: str, provider: str, asked: bytes, answered: bytes) -> None:
    """The same one again and again."""
    ours, theirs = CLIENTS[client], PROVIDERS[provider]
    for _ in range(EXCHANGES):
        request = ours.read(orjson.loads(asked), False)
        orjson.dumps(theirs.write(request, "model"))
        request.left_out_by(theirs.supported)
        ours.write(theirs.read(orjson.loads(answered)), FACTS)


def chunk_by_chunk(client: str, provider: str, chunks: list[bytes]) -> None:
    """One stream."""
    parser, renderer = PROVIDERS[provider].parser(), CLIENTS[client].renderer(FACTS, {})
    for chunk in chunks:
        b"".join([renderer.feed(event) for event in parser.feed(chunk)])


def answer_of(provider: str) -> bytes:
    """A whole answer."""
    return CLIENTS[provider].write(ANSWER, FACTS) if provider in CLIENTS else orjson.dumps(CONVERSE)


def stream_of(provider: str) -> list[bytes]:
    """A stream of short texts, an event a chunk."""
    pieces = [WORDS[at % 40 : at % 40 + 6] for at in range(CHUNKS)]
    if provider not in CLIENTS:
        deltas = [{"contentBlockIndex": 0, "delta": {"text": piece}} for piece in pieces]
        return [aws_event_stream.event("contentBlockDelta", orjson.dumps(delta)) for delta in deltas]
    events: list[Event] = [Started("id", "m"), PartStarted(0, Text("")), *(Delta(0, piece) for piece in pieces)]
    events += [PartEnded(0), Finished(Finish.STOP, USAGE)]
    renderer = CLIENTS[provider].renderer(FACTS, {})
    return [told for event in events if (told := renderer.feed(event))]


if __name__ == "__main__":
    main()
