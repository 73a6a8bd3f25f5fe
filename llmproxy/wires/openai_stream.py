"""The tap on an OpenAI stream: passes events on as they are, reads usage, takes out what only we asked for."""

from collections.abc import Mapping

from llmproxy.wires.openai_chat import usage_from
from llmproxy.wires.taps.tap import EventTap, ProviderError


class OpenAIStreamTap(EventTap):
    """One per stream, fed synchronously.

    Args:
        strip_usage: the client did not ask for the usage chunk, so it does not get it.
    """

    __slots__ = ("_strip",)
    done_ends = True

    def __init__(self, *, strip_usage: bool) -> None:
        super().__init__()
        self._strip = strip_usage

    def _look_into(self, data: Mapping[str, object]) -> bool:
        if data.get("error"):
            raise ProviderError
        choices = data.get("choices")
        if not self.complete and type(choices) is list:
            for each in choices:
                if type(each) is dict and each.get("finish_reason"):
                    self.complete = True
        reported = data.get("usage")
        if reported is None or (usage := usage_from(reported)) is None:
            return True
        self.usage = usage
        return bool(choices) or not self._strip
