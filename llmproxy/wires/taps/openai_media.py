"""OpenAI's endpoints beside chat: moderations, images, audio, and rerank as its followers have it.

https://platform.openai.com/docs/api-reference/images-streaming and .../audio/transcript-text-done-event
"""

from collections.abc import Mapping

import orjson

from llmproxy.wires.taps.reading import NotJson, count, text, usage_in
from llmproxy.wires.taps.tap import EventTap, ProviderError
from llmproxy.wires.usage import Usage

ENDINGS = frozenset({"image_generation.completed", "image_edit.completed", "transcript.text.done", "speech.audio.done"})


def usage_from(reported: object) -> Usage | None:
    """Tokens, under whichever of the two names this endpoint has for them; None where it counts something else."""
    if not isinstance(reported, Mapping) or reported.get("type") == "duration":
        return None
    return Usage(
        input=count(reported, "input_tokens") or count(reported, "prompt_tokens") or count(reported, "total_tokens"),
        output=count(reported, "output_tokens") or count(reported, "completion_tokens"),
        cached=count(reported.get("input_tokens_details"), "cached_tokens"),
    )


def usage_of(answer: bytes) -> Usage | None:
    """The usage that a whole answer reports; None for audio and texts, which may begin with a brace as well."""
    try:
        return usage_in(answer, "usage", usage_from) if answer[:1] == b"{" else None
    except NotJson:
        return None


def milliseconds_of(answer: bytes) -> int | None:
    """The duration of audio that a transcription reports, for what is priced by time."""
    if answer[:1] != b"{" or len(answer) > 1024 * 1024:
        return None
    try:
        parsed_answer = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return None
    usage = parsed_answer.get("usage")
    found = usage.get("seconds") if isinstance(usage, Mapping) else None
    duration = found if found is not None else parsed_answer.get("duration")
    return round(duration * 1000) if isinstance(duration, int | float) and 0 <= duration < 1e6 else None


class OpenAIMediaTap(EventTap):
    """Streams of images and transcripts: the last event says so and carries the usage."""

    __slots__ = ()
    done_ends = True

    def _look_into(self, data: Mapping[str, object]) -> bool:
        kind = text(data, "type")
        if kind == "error" or data.get("error"):
            raise ProviderError
        self.complete = self.complete or kind in ENDINGS
        if (usage := usage_from(data.get("usage"))) is not None:
            self.usage = usage
        return True
