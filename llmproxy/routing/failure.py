"""Why an attempt failed, in the classes that decide what is tried next."""

import re
from dataclasses import dataclass
from typing import Final

CONTEXT_WINDOW, CONTENT_POLICY = "context_window", "content_policy"
RATE_LIMITED, UNAVAILABLE, REFUSED_US = "rate_limited", "unavailable", "refused_us"
MISSING, REJECTED, BUSY = "missing", "rejected", "busy"

# What a fallback may be for.
REASONS: Final = {
    CONTEXT_WINDOW: "The prompt is longer than the context window",
    CONTENT_POLICY: "The provider's content policy refused it",
    RATE_LIMITED: "Rate limit or quota (429)",
    UNAVAILABLE: "Unreachable, too slow, or failing (408, 409, 5xx)",
    "status": "Certain statuses",
    "any": "Any failure that is not the client's own mistake",
}
# The next deployment may do better.
ELSEWHERE: Final = frozenset({RATE_LIMITED, UNAVAILABLE, REFUSED_US, MISSING, BUSY})
LIMITED_STATUSES: Final = frozenset({429})
BUSY_STATUSES: Final = frozenset({408, 409, 425})
REFUSED_STATUSES: Final = frozenset({401, 402, 403, 407})
MISSING_STATUSES: Final = frozenset({404, 405, 410, 501})
MOST_READ: Final = 8192

# As OpenAI, Azure, Anthropic, Google, Bedrock, Mistral, vLLM and llama.cpp word it.
TOO_LONG = re.compile(
    rb"context_length_exceeded|context window|maximum context length|prompt is too long|input is too long"
    rb"|too many (?:input )?tokens|exceeds? the (?:maximum|available) (?:number of tokens|context size)"
    rb"|exceed(?:s|_)context|string_above_max_length|model_max_prompt_tokens_exceeded",
    re.IGNORECASE,
)
NOT_ALLOWED = re.compile(
    rb"content_policy_violation|content[_ ]filter|content management policy|responsibleaipolicyviolation"
    rb"|prohibited_content|safety_violation|blocked by (?:our |the )?(?:content|safety)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One attempt's end.

    Attributes:
        reason: one of the classes above.
        status: of the provider; None where it gave none.
        said: for records: a code or a status, never the provider's words.
        again: whether the same deployment may be asked once more.
        wait: seconds that the provider asks for; None where it asks for none.
    """

    reason: str
    status: int | None
    said: str
    again: bool = False
    wait: float | None = None


def of_status(status: int, body: bytes, wait: float | None) -> Failure:
    """The failure that an answer of `status` (not 2xx) is."""
    said = f"status {status}"
    if status in LIMITED_STATUSES:
        return Failure(RATE_LIMITED, status, said, True, wait)
    if status >= 500 and status not in MISSING_STATUSES or status in BUSY_STATUSES:
        return Failure(UNAVAILABLE, status, said, True, wait)
    if status in REFUSED_STATUSES:
        return Failure(_of_words(body, REFUSED_US), status, said)
    if status in MISSING_STATUSES:
        return Failure(MISSING, status, said)
    return Failure(_of_words(body, REJECTED), status, said)


def of_transport(code: str, *, timed_out: bool) -> Failure:
    """The failure of not getting an answer. After a timeout the same deployment is not asked again: it is busy."""
    return Failure(UNAVAILABLE, None, code, not timed_out)


def _of_words(body: bytes, otherwise: str) -> str:
    said = body[:MOST_READ]
    if TOO_LONG.search(said):
        return CONTEXT_WINDOW
    return CONTENT_POLICY if NOT_ALLOWED.search(said) else otherwise


def answers(on: str, statuses: frozenset[int], failure: Failure) -> bool:
    """Whether a fallback for `on` (a key of REASONS) is for this failure."""
    if on == "any":
        return failure.reason != REJECTED
    if on == "status":
        return failure.status in statuses
    return on == (RATE_LIMITED if failure.reason == BUSY else failure.reason)
