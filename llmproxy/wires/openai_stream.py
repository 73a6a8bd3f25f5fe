"""The tap on an OpenAI stream: passes events on as they are, reads usage, takes out what only we asked for."""

import re
from typing import Any

import orjson

from llmproxy.wires.openai_chat import usage_from
from llmproxy.wires.sse import EventSplitter, data_of
from llmproxy.wires.usage import Usage

# Cheap looks at an event's bytes; only what they let through is parsed.
HAS_USAGE = re.compile(rb'"usage"\s*:\s*\{').search
HAS_ERROR = re.compile(rb'"error"\s*:').search
HAS_FINISH = re.compile(rb'"finish_reason"\s*:\s*"').search
IS_DONE = re.compile(rb"data:[ ]?\[DONE\]").match


class ProviderError(Exception):
    """The provider ended its stream with an error event."""


class OpenAIStreamTap:
    """One per stream, fed synchronously.

    Args:
        strip_usage: the client did not ask for the usage chunk, so it does not get it.

    Attributes:
        usage: what the provider reported so far.
        complete: the stream said that it is over; ending without this is a failure.
        chunks: events passed on.
    """

    __slots__ = ("_splitter", "_strip", "chunks", "complete", "usage")

    def __init__(self, *, strip_usage: bool) -> None:
        self._splitter = EventSplitter()
        self._strip = strip_usage
        self.usage: Usage | None = None
        self.complete = False
        self.chunks = 0

    def feed(self, chunk: bytes) -> bytes:
        """The bytes to pass on for `chunk`: always whole events.

        Raises:
            ProviderError: an event of the stream is an error object.
            EventTooLong: see EventSplitter.
        """
        events = self._splitter.feed(chunk)
        if len(events) == 1:
            return self._passed(events[0])
        return b"".join([self._passed(event) for event in events])

    def close(self) -> bytes:
        """What is left when the provider closed: a last event without its blank line is completed."""
        rest = self._splitter.rest
        return self._passed(rest.rstrip(b"\r\n") + b"\n\n") if IS_DONE(rest.strip()) else b""

    def _passed(self, event: bytes) -> bytes:
        self.chunks += 1
        if HAS_FINISH(event) or IS_DONE(event):
            self.complete = True
        if HAS_USAGE(event) or HAS_ERROR(event):
            return self._looked_into(event)
        return event

    def _looked_into(self, event: bytes) -> bytes:
        try:
            parsed: Any = orjson.loads(data_of(event))
        except orjson.JSONDecodeError:
            return event
        if not isinstance(parsed, dict):
            return event
        if parsed.get("error"):
            raise ProviderError
        if (usage := usage_from(parsed.get("usage"))) is not None:
            self.usage = usage
            if self._strip and not parsed.get("choices"):
                return b""
        return event
