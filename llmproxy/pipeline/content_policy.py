"""A provider's content filter took the answer away, within a success: a fallback for the content policy goes on then.

Only where the route has one; else the answer goes out as it came. The provider charges for the answer that is dropped,
so budgets have to have room for it beside the one that follows.
"""

from accounts.errors import GatehouseError
from llmproxy.pipeline import admission, copy_records, noting
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.copies import FILTERED, Copy
from llmproxy.pipeline.runtime import Runtime
from llmproxy.routing.failure import CONTENT_POLICY, Failure
from llmproxy.routing.reading import prompt_tokens
from llmproxy.wires.filtered import Watch
from llmproxy.wires.taps.tap import Tap
from llmproxy.wires.usage import Usage

SAID = Failure(CONTENT_POLICY, 200, "content filter")


def is_watched(call: Call) -> bool:
    """Whether the route that the call is at goes on where the content filter took an answer away."""
    return call.walk is not None and call.walk.minds(CONTENT_POLICY)


class Held:
    """Events of a stream that nobody has seen yet, as long as its content filter may take it away.

    Args:
        watch: what the stream shows; None where nobody minds.
    """

    __slots__ = ("_watch", "rest")

    def __init__(self, watch: Watch | None) -> None:
        self._watch = watch
        self.rest = b""

    @property
    def watches(self) -> bool:
        """Whether it may hold something back."""
        return self._watch is not None

    @property
    def is_lost(self) -> bool:
        """It was taken away before anything of it went out."""
        return self._watch is not None and self._watch.filtered

    def of(self, events: bytes) -> bytes:
        """What may go out now."""
        if self._watch is None:
            return events
        self.rest += events
        if not self._watch.content:
            return b""
        out, self.rest, self._watch = self.rest, b"", None
        return out


def watch(call: Call, tap: Tap) -> Watch | None:
    """What is asked before the first byte of a stream goes out; None where nobody minds."""
    if is_watched(call):
        tap.watch = Watch(call.speaks.name)
    return tap.watch


async def goes_on(runtime: Runtime, call: Call, usage: Usage | None) -> bool:
    """Drop the answer that was filtered, charge for it, and begin the attempt of a fallback; whether there is one.

    Args:
        usage: what the provider reported of it.
    """
    walk, dropped = call.walk, call.attempt
    if walk is None or not walk.minds(CONTENT_POLICY):
        return False
    copy = Copy(FILTERED, call, call.deployment)
    try:
        await admission.admit_copy(runtime, copy)
    except GatehouseError as error:
        walk.set_aside(dropped, f"filtered, and nobody else was asked: {error.message}")
        return False
    try:
        if walk.instead(SAID) is None:
            return False
        noting.over(runtime, dropped)
        dropped.failure = SAID
        copy.usage = usage
        if usage is None:
            copy.estimate(Usage(input=prompt_tokens(call.body)))
        _record(copy)
    finally:
        admission.settle_copy(copy)
    call.usage, call.events, call.answer_bytes = None, 0, 0
    return True


def _record(copy: Copy) -> None:
    copy_records.started(copy)
    copy_records.ended(copy, "completed", "success", http_status=200, error_code="content_filter")
