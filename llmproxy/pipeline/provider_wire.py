"""Where a provider's wire is spoken, and with which headers, where the client speaks another one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from llmproxy.adapters.adapter import segment
from llmproxy.pipeline.client_wire import EVERYWHERE

Header = tuple[bytes, bytes]
EVENTS, JSON = "text/event-stream", "application/json"


@dataclass(frozen=True, slots=True)
class ProviderWire:
    """The outside of a wire; its inside is in `llmproxy.wires.registry`.

    Attributes:
        path: below the provider's base URL, by the provider's name of the model and whether the answer is streamed.
        stream_query: behind the path of a streamed call.
        stream_type: the media type of a streamed answer.
        defaults: sent where the row does not name them.
        forwarded: request headers of the client's that mean the same here.
    """

    path: Callable[[str, bool], str]
    stream_query: str = ""
    stream_type: str = EVENTS
    defaults: tuple[Header, ...] = ()
    forwarded: tuple[str, ...] = EVERYWHERE


def _gemini_path(model: str, stream: bool) -> str:
    return f"models/{segment(model)}:{'streamGenerateContent' if stream else 'generateContent'}"


WIRES: Mapping[str, ProviderWire] = {
    "openai_chat": ProviderWire(lambda *_: "chat/completions"),
    "openai_responses": ProviderWire(lambda *_: "responses"),
    # The version that every model takes, also with parameters of sampling; a row may name another.
    "anthropic_messages": ProviderWire(lambda *_: "messages", defaults=((b"anthropic-version", b"2023-06-01"),)),
    "gemini": ProviderWire(_gemini_path, stream_query="alt=sse"),
    "bedrock_converse": ProviderWire(lambda *_: "converse", stream_type="application/vnd.amazon.eventstream"),
}
