"""The tap on an OpenAI stream: passes events on as they are, reads usage, takes out what only we asked for."""

import re

from llmproxy.wires.openai_chat import usage_from
from llmproxy.wires.taps.tap import EventTap, ProviderError, parsed

# Cheap looks at an event's bytes; only what they let through is parsed.
HAS_USAGE = re.compile(rb'"usage"\s*:\s*\{').search
HAS_ERROR = re.compile(rb'"error"\s*:').search
HAS_FINISH = re.compile(rb'"finish_reason"\s*:\s*"').search
IS_DONE = re.compile(rb"data:[ ]?\[DONE\]").match


class OpenAIStreamTap(EventTap):
    """One per stream, fed synchronously.

    Args:
        strip_usage: the client did not ask for the usage chunk, so it does not get it.
    """

    __slots__ = ("_strip",)

    def __init__(self, *, strip_usage: bool) -> None:
        super().__init__()
        self._strip = strip_usage

    def _is_whole(self, event: bytes) -> bool:
        return IS_DONE(event) is not None

    def _passed(self, event: bytes) -> bytes:
        self.chunks += 1
        if HAS_FINISH(event) or IS_DONE(event):
            self.complete = True
        if HAS_USAGE(event) or HAS_ERROR(event):
            return self._looked_into(event)
        return event

    def _looked_into(self, event: bytes) -> bytes:
        data = parsed(event)
        if data is None:
            return event
        if data.get("error"):
            raise ProviderError
        if (usage := usage_from(data.get("usage"))) is not None:
            self.usage = usage
            if self._strip and not data.get("choices"):
                return b""
        return event
