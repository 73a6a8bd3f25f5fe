"""The plan of a call as its terminal record keeps it: who was tried, why, how long, and why others were not.

Bounded: at most ten of each, each reason at most 200 characters.
"""

from collections.abc import Iterable

from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.call import Call
from llmproxy.routing.plan import Excluded

MOST = 10
LONGEST = 200


def told(call: Call) -> dict[str, object]:
    """For `attrs["plan"]`."""
    attempts = [_attempt(attempt) for attempt in call.attempts[-MOST:]]
    walk = call.walk
    if walk is None or (len(walk.legs) == 1 and call.route.only is walk.legs[0].plan):
        return {"route": call.route.id, "attempts": attempts}
    return {
        "route": call.route.id,
        "attempts": attempts,
        "seed": f"{walk.legs[0].plan.seed:016x}",
        "needs": sorted(walk.needs)[:MOST],
        "legs": [
            {
                "route": leg.route.name[:LONGEST],
                "strategy": leg.route.policy.strategy,
                "together": leg.plan.sticky,
                "candidates": [
                    {"to": it.place.label[:LONGEST], "why": it.why, "role": it.place.role}
                    for it in leg.plan.candidates[:MOST]
                ],
                "excluded": _excluded(leg.plan.excluded),
                "shadows": [place.label[:LONGEST] for place in leg.plan.shadows[:MOST]],
            }
            for leg in walk.legs[:MOST]
        ],
        "put_aside": _excluded(walk.put_aside),
    }


def _excluded(left: Iterable[Excluded]) -> list[dict[str, str]]:
    return [{"to": it.place.label[:LONGEST], "why": it.why[:LONGEST]} for it in list(left)[:MOST]]


def _attempt(attempt: Attempt) -> dict[str, object]:
    """Microseconds: how long it waited before it was sent, and how long it took to its answer or its end."""
    if attempt.withdrawn:
        result = "withdrawn"
    elif attempt.failure is not None:
        result = f"{attempt.failure.reason}: {attempt.failure.said}"
    else:
        result = "answered" if attempt.first_byte is not None else "not sent"
    end = attempt.first_byte if attempt.failure is None else attempt.ended
    found: dict[str, object] = {"to": attempt.deployment.place.label[:LONGEST], "result": result, "why": attempt.why}
    if attempt.credential is not None:
        found["key"] = attempt.credential.name
    if attempt.exchange.translated_to:
        found["translated_to"] = attempt.exchange.translated_to
    if attempt.exchange.prepared.dropped:
        found["dropped"] = list(attempt.exchange.prepared.dropped)
    if attempt.wait:
        found["waited_us"] = int(attempt.wait * 1e6)
    return found if end is None else {**found, "took_us": int((end - attempt.started) * 1e6)}
