"""What the rules of a route look at in a call."""

import random
import time
from collections.abc import Mapping

from llmproxy.catalog import Route
from llmproxy.pipeline.call import Call
from llmproxy.routing import reading
from llmproxy.routing.ask import Ask

REGIONS, DATA, SESSION = "x-gatehouse-regions", "x-gatehouse-data-policy", "x-gatehouse-session"
LONGEST_SESSION = 256
NOTHING: Mapping[str, str] = {}
NO_NEEDS: frozenset[str] = frozenset()


def demands_something(headers: Mapping[str, str]) -> bool:
    """Whether the caller says who may serve it, so that even the only deployment has to be looked at."""
    return REGIONS in headers or DATA in headers


def ask_of(call: Call, route: Route) -> Ask:
    """All that `route` looks at."""
    body, headers, principal = call.body if route.reads_body else NOTHING, call.request.headers, call.principal
    return Ask(
        organisation=principal.organisation_id,
        team=principal.team_id,
        prompt_tokens=reading.prompt_tokens(body) if body else 0,
        most_output=reading.most_output(body) if body else None,
        needs=reading.needs(body) if body else NO_NEEDS,
        metadata=reading.metadata(body) if body else NOTHING,
        headers=headers,
        regions=_listed(headers.get(REGIONS)),
        data=_listed(headers.get(DATA)),
        at=time.time(),
        seed=random.getrandbits(64),
        sticky=_sticky(call, route.policy.sticky) if route.policy.sticky else "",
    )


def _sticky(call: Call, what: str) -> str:
    """Never the same for two tenants: where calls of one go tells nothing of the other."""
    if what == "principal":
        key = call.principal.subject
    elif what == "session":
        key = call.request.headers.get(SESSION, "")[:LONGEST_SESSION]
    elif what == "end_user":
        key = reading.end_user(call.body)[:LONGEST_SESSION]
    else:
        return ""
    return f"{call.principal.organisation_id}|{what}|{key}" if key else ""


def _listed(value: str | None) -> frozenset[str]:
    return frozenset(filter(None, (word.strip().lower() for word in value.split(",")))) if value else frozenset()
