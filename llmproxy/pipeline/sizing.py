"""How large a call may become: read before it is let in, and set as its maximum where it names none."""

import asyncio
from collections.abc import Iterator

from llmproxy.catalog import Deployment
from llmproxy.catalog.rules import RuleBook
from llmproxy.catalog.snapshot import Catalog
from llmproxy.errors import InvalidParameter
from llmproxy.metering.attribution import end_user_of, key_of, tags_of
from llmproxy.metering.bounds import close, rough
from llmproxy.metering.rules import TOKENS
from llmproxy.metering.scope import Facts
from llmproxy.pipeline.call import Call
from llmproxy.routing.place import SHADOW
from llmproxy.wires.output_limits import Asked, BadAmount, asked, capped

GENERATING = frozenset({"chat"})
COUNTING = ("count_tokens", "countTokens")
# Where neither the client nor a budget nor the known model says how much it may put out.
DEFAULT_OUTPUT = 4096
# Where images are priced by tokens: of a large one in high quality.
PER_IMAGE = 8192


def size_up(catalog: Catalog, call: Call) -> None:
    """Find out whose call it is and how large it may become. Before its first attempt is prepared.

    Raises:
        InvalidParameter: an amount in the body that is none.
    """
    principal, rules = call.principal, catalog.rules
    call.facts = Facts(
        principal.organisation_id, principal.team_id or "", principal.subject,
        key_of(principal.key_id, principal.subject), call.model,
        call.endpoint, end_user_of(call.body), principal.budget_id or "",
    )  # fmt: skip
    _note_whom(call, rules)
    said = _asked(call)
    metered = _is_metered(call, rules)
    output = said.output
    if call.route.kind == "images":
        output = PER_IMAGE
    elif call.route.kind not in GENERATING or call.endpoint.endswith(COUNTING):
        output = 0
    elif output is None and metered:
        output = _most_output(catalog, call, rules)
        raw, call.body = capped(call.speaks.name, call.raw, call.body, output)
        call.raw = call.request.restored(raw)
    if metered:
        call.bounds = rough(call.raw, call.body, output or 0, said.choices)


async def look_closer(call: Call) -> None:
    """Count the input, where its length alone would refuse the call. In a thread: it may take milliseconds."""
    model = call.attempts[-1].deployment.upstream_model if call.attempts else call.model
    call.bounds = await asyncio.to_thread(close, model, call.body, call.bounds)


def candidates(catalog: Catalog, call: Call) -> Iterator[Deployment]:
    """Every deployment that may come to serve the call: of its route, and of all routes that it may fall back to."""
    reached, ahead = {call.route.id}, [call.route]
    while ahead:
        route = ahead.pop()
        yield from (deployment for deployment in route.deployments if deployment.place.role != SHADOW)
        onward = (catalog.by_id.get(fallback.route) for fallback in route.policy.fallbacks)
        found = [further for further in onward if further is not None and further.id not in reached]
        reached.update(further.id for further in found)
        ahead += found


def _asked(call: Call) -> Asked:
    """Bodies that are forms name amounts as text, and nothing that is priced by tokens."""
    if not call.raw or call.route.kind not in ("chat", "images"):
        return Asked()
    try:
        return asked(call.speaks.name, call.body)
    except BadAmount as error:
        raise InvalidParameter(str(error), param=error.param) from error


def _note_whom(call: Call, rules: RuleBook) -> None:
    facts, bearers = call.facts, rules.bearers
    if facts.end_user:
        call.notes["end_user"] = facts.end_user
    if facts.budget:
        call.notes["budget"] = facts.budget
    if bearers:
        found = bearers.get(facts.key) or bearers.get(facts.principal) or bearers.get(facts.team)
        if found:
            call.notes["cost_centre"] = found
    if tags := tags_of(call.request.headers):
        call.notes["tags"] = list(tags)


def _is_metered(call: Call, rules: RuleBook) -> bool:
    """Whether anything asks for its tokens or its price."""
    facts = call.facts
    if any(rule.scope.covers(facts) for rule in rules.budgets_for(facts.organisation)):
        return True
    return any(rule.unit == TOKENS and rule.scope.covers(facts) for rule in rules.limits_for(facts.organisation))


def _most_output(catalog: Catalog, call: Call, rules: RuleBook) -> int:
    """The least of what budgets say, and of what the model can; never more than a limit of tokens lets pass."""
    facts = call.facts
    defaults = [
        rule.default_output
        for rule in rules.budgets_for(facts.organisation)
        if rule.default_output is not None and rule.scope.covers(facts)
    ]
    able = [one.place.max_output for one in candidates(catalog, call) if one.place.max_output is not None]
    most = min(defaults) if defaults else max(able, default=DEFAULT_OUTPUT)
    if able:
        most = min(most, min(able))
    halves = [
        rule.amount // 2
        for rule in rules.limits_for(facts.organisation)
        if rule.unit == TOKENS and rule.scope.covers(facts)
    ]
    return max(1, min([most, *halves]))
