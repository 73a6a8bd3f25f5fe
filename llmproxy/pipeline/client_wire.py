"""What the client speaks at an endpoint: error format, tap on the answer, headers that go on."""

from collections.abc import Callable
from dataclasses import dataclass

from llmproxy import dialects
from llmproxy.dialects import Dialect
from llmproxy.wires import openai_chat
from llmproxy.wires.openai_chat import Prepared
from llmproxy.wires.openai_stream import OpenAIStreamTap
from llmproxy.wires.taps import anthropic_messages, gemini, openai_media, openai_responses
from llmproxy.wires.taps.tap import EventTap
from llmproxy.wires.usage import Usage

Header = tuple[bytes, bytes]
EVERYWHERE = ("idempotency-key", "traceparent", "tracestate")


@dataclass(frozen=True, slots=True)
class ClientWire:
    """One wire format as the gateway passes it through.

    Attributes:
        name: as provider rows name it.
        tap: makes the tap of one stream.
        usage_of: reads a whole answer's usage.
        forwarded: request headers that go on to the provider, byte for byte; nothing else of the client's does.
        defaults: sent where neither the client nor the row names them.
    """

    name: str
    dialect: Dialect
    tap: Callable[[Prepared], EventTap]
    usage_of: Callable[[bytes], Usage | None]
    forwarded: tuple[str, ...] = EVERYWHERE
    defaults: tuple[Header, ...] = ()


OPENAI_CHAT = ClientWire(
    "openai_chat",
    dialects.OPENAI,
    lambda prepared: OpenAIStreamTap(strip_usage=prepared.usage_is_ours),
    openai_chat.usage_of,
    ("openai-beta", *EVERYWHERE),
)
# Spoken by whoever speaks chat: what a provider does not have, it refuses itself.
OPENAI_MEDIA = ClientWire(
    "openai_chat",
    dialects.OPENAI,
    lambda _: openai_media.OpenAIMediaTap(),
    openai_media.usage_of,
    ("openai-beta", *EVERYWHERE),
)
OPENAI_RESPONSES = ClientWire(
    "openai_responses",
    dialects.OPENAI_RESPONSES,
    lambda _: openai_responses.OpenAIResponsesTap(),
    openai_responses.usage_of,
    ("openai-beta", *EVERYWHERE),
)
ANTHROPIC_MESSAGES = ClientWire(
    "anthropic_messages",
    dialects.ANTHROPIC,
    lambda _: anthropic_messages.AnthropicMessagesTap(),
    anthropic_messages.usage_of,
    ("anthropic-version", "anthropic-beta", *EVERYWHERE),
    ((b"anthropic-version", b"2023-06-01"),),
)
GEMINI = ClientWire("gemini", dialects.GOOGLE, lambda _: gemini.GeminiTap(), gemini.usage_of)
