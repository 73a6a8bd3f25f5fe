"""What a call used and cost in the end: as the provider reports it, else as it is estimated here, and said so."""

import sys
from dataclasses import replace

from llmproxy.pipeline.call import Call
from llmproxy.pricing import cost_nano
from llmproxy.routing.reading import CHARACTERS_PER_TOKEN, prompt_tokens
from llmproxy.wires.taps.tap import Tap
from llmproxy.wires.usage import Usage

BATCH_TIERS = frozenset({"batch", "flex"})
REPORTED, ESTIMATED, NONE = "reported", "estimated", "none"


def settle_usage(call: Call) -> None:
    """Fill in the usage of a call whose provider began to answer, or was cut off, and reported none; note that."""
    if call.usage is not None or not (_was_answered(call) or _was_cut(call)):
        return
    if call.route.kind != "chat" or call.endpoint.endswith(("count_tokens", "countTokens")):
        return
    call.usage = likely(call, Usage(input=prompt_tokens(call.body), output=_sent_tokens(call)))
    call.notes["usage"] = ESTIMATED


def likely(call: Call, usage: Usage) -> Usage:
    """An estimate: where something was reserved, never more than that. Only a provider's own word costs more."""
    bounds = call.bounds
    if not bounds.total:
        return usage
    tokens, output = min(usage.input, bounds.input), min(usage.output, bounds.output * bounds.choices)
    cached = min(usage.cached, tokens)
    written = min(usage.cache_write, tokens - cached)
    return Usage(tokens, output, cached, min(usage.reasoning, output), written)


def reported(call: Call, tap: Tap) -> tuple[Usage | None, bool]:
    """What a stream reported of its usage, and whether that is a part of it only.

    Some providers report at the beginning (Anthropic: the input, and a token of output) and again at the end. Of one
    that was cut in between each event but a few was a token: what had come is charged, not what was said of it before.
    """
    usage = tap.usage
    if usage is None or tap.complete or tap.chunks <= usage.output:
        return usage, False
    guessed = likely(call, replace(usage, output=tap.chunks))
    return (guessed, True) if guessed.output > usage.output else (usage, False)


def take_from(call: Call, tap: Tap) -> None:
    """A caller's stream is over, or was cut: what it used so far."""
    call.events = tap.chunks
    call.usage, partly = reported(call, tap)
    if partly:
        call.notes["usage"] = ESTIMATED


def cost_of(call: Call) -> int | None:
    """Nano-dollars; None where it is unknown, 0 where nothing was used."""
    if call.cache is not None and call.cache.found is not None:
        return 0
    if call.usage is None and not (call.units and _was_answered(call)):
        return None if _was_answered(call) else 0
    return cost_nano(call.usage, call.deployment.price, call.units, batch=is_batch(call))


def is_batch(call: Call) -> bool:
    """Whether the provider may take its time, at its discount."""
    return call.body.get("service_tier") in BATCH_TIERS


def most_events(call: Call) -> int:
    """How long a stream may go on for what was reserved: each of its events but a few holds at least one token."""
    reserved = call.bounds.output * call.bounds.choices
    return reserved + reserved // 4 + 64 if reserved else sys.maxsize


def _was_answered(call: Call) -> bool:
    attempt = call.attempts[-1] if call.attempts else None
    return attempt is not None and attempt.upstream_status is not None and 200 <= attempt.upstream_status < 300


def _was_cut(call: Call) -> bool:
    """We ended it before it was answered: the provider has read the prompt at least."""
    attempt = call.attempts[-1] if call.attempts else None
    return attempt is not None and attempt.sent and attempt.withdrawn


def _sent_tokens(call: Call) -> int:
    """An event of a stream holds about a token; of a whole answer the length says it."""
    return call.events if call.stream else -(-call.answer_bytes // CHARACTERS_PER_TOKEN)
