"""The plan of a call in plain words: what was tried, in order, and why other deployments were not."""

from typing import Any, NamedTuple

RESULTS = {
    "answered": "it answered",
    "withdrawn": "it was called off: another was faster, or the client left",
    "not sent": "it was not sent",
    "unavailable": "it was unreachable, too slow or failing",
    "rate_limited": "its limit was reached",
    "refused_us": "it did not accept the gateway's key",
    "missing": "it does not have the model",
    "busy": "all its places were taken",
    "context_window": "the prompt was too long for it",
    "content_policy": "its content policy refused the call",
    "rejected": "it found fault with the request",
}


class Step(NamedTuple):
    """One attempt. `good`: it was answered."""

    to: str
    why: str
    result: str
    took: str
    good: bool


class Words(NamedTuple):
    """A plan for people. `aside`: (deployment, why it was not tried)."""

    steps: list[Step]
    order: list[str]
    aside: list[tuple[str, str]]
    shadows: list[str]
    notes: list[str]


def words_of(plan: Any) -> Words | None:
    """None where there is no plan, or none that can be read."""
    if not isinstance(plan, dict) or not isinstance(plan.get("attempts"), list):
        return None
    legs = [leg for leg in _list(plan, "legs") if isinstance(leg, dict)]
    aside = [
        (_text(left, "to"), _text(left, "why")) for source in (*legs, plan) for left in _list(source, _aside(source))
    ]
    return Words(
        [_step(attempt) for attempt in plan["attempts"] if isinstance(attempt, dict)],
        [f"{_text(it, 'to')} ({_text(it, 'why')})" for leg in legs for it in _list(leg, "candidates")],
        aside,
        [str(name) for leg in legs for name in _list(leg, "shadows")],
        _notes(legs),
    )


def _aside(source: dict[str, Any]) -> str:
    return "excluded" if "excluded" in source else "put_aside"


def _step(attempt: dict[str, Any]) -> Step:
    result = _text(attempt, "result")
    kind, _, detail = result.partition(": ")
    said = RESULTS.get(kind, result)
    key = f" with key “{attempt['key']}”" if attempt.get("key") else ""
    took, waited = attempt.get("took_us"), attempt.get("waited_us")
    time = f"{took / 1000:.0f} ms" if isinstance(took, int) else ""
    if isinstance(waited, int):
        time = f"{time}, after waiting {waited / 1000:.0f} ms"
    words = f"{said} ({detail})" if detail else said
    return Step(f"{_text(attempt, 'to')}{key}", _text(attempt, "why"), words, time, kind == "answered")


def _notes(legs: list[dict[str, Any]]) -> list[str]:
    notes = [f"Chosen by {_text(leg, 'strategy')} on route {_text(leg, 'route')}." for leg in legs]
    if any(leg.get("together") for leg in legs):
        notes.append("Calls of this kind are kept together on one deployment.")
    return notes


def _list(source: dict[str, Any], name: str) -> list[Any]:
    value = source.get(name)
    return value if isinstance(value, list) else []


def _text(source: Any, name: str) -> str:
    return str(source.get(name, "")) if isinstance(source, dict) else ""
