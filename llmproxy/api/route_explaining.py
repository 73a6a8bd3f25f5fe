"""Explanations and dry runs of routes in the management API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from llmproxy.actions.dry_run_route import Review
from llmproxy.actions.explain_call import PastCall
from llmproxy.actions.explain_route import Explanation
from llmproxy.models import Route
from llmproxy.routing.ask import Ask


def _texts() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=200), default=list, max_length=50)


def _pairs() -> serializers.DictField:
    return serializers.DictField(child=serializers.CharField(max_length=200), default=dict)


class AskSerializer(serializers.Serializer[Any]):
    """A call that might come. What is left out is not there: no team, an empty prompt, now."""

    organisation = serializers.UUIDField(required=False, help_text="Of the caller; the route's own where it has one.")
    team = serializers.UUIDField(required=False, allow_null=True)
    prompt_tokens = serializers.IntegerField(min_value=0, max_value=100_000_000, default=0)
    most_output = serializers.IntegerField(min_value=1, max_value=100_000_000, required=False, allow_null=True)
    needs = _texts()
    metadata = _pairs()
    headers = _pairs()
    regions = _texts()
    data_policy = _texts()
    at = serializers.DateTimeField(required=False)
    sticky = serializers.CharField(max_length=256, default="", allow_blank=True, help_text="What is kept together.")
    seed = serializers.IntegerField(min_value=0, max_value=2**53, default=0)


def ask_for(route: Route, given: Mapping[str, Any]) -> Ask:
    """The ask that validated data describe."""
    at: datetime = given.get("at") or timezone.now()
    team = given.get("team")
    return Ask(
        organisation=str(route.organisation_id or given.get("organisation") or ""),
        team=str(team) if team else None,
        prompt_tokens=given["prompt_tokens"],
        most_output=given.get("most_output"),
        needs=frozenset(given["needs"]),
        metadata=given["metadata"],
        headers={name.lower(): value for name, value in given["headers"].items()},
        regions=frozenset(word.lower() for word in given["regions"]),
        data=frozenset(word.lower() for word in given["data_policy"]),
        at=at.timestamp(),
        seed=given["seed"],
        sticky=given["sticky"],
    )


class CandidateSerializer(serializers.Serializer[Any]):
    """A deployment that may serve, in the order in which they are tried. `share`: percent for which it is first."""

    deployment = serializers.CharField()
    id = serializers.UUIDField()
    role = serializers.CharField()
    priority = serializers.IntegerField()
    score = serializers.FloatField()
    why = serializers.CharField()
    share = serializers.IntegerField()


class ExcludedSerializer(serializers.Serializer[Any]):
    """A deployment that does not, and why."""

    deployment = serializers.CharField()
    why = serializers.CharField()


class FallbackExplainedSerializer(serializers.Serializer[Any]):
    """Where the call goes on after which failures."""

    after = serializers.CharField()
    route = serializers.CharField()


class ExplanationSerializer(serializers.Serializer[Any]):
    """What would be done with the call."""

    problem = serializers.CharField(help_text="Why there is no plan; empty where there is one.")
    strategy = serializers.CharField()
    candidates = CandidateSerializer(many=True)
    excluded = ExcludedSerializer(many=True)
    shares = serializers.DictField(
        child=serializers.IntegerField(), help_text="Percent of many such calls for which each is first."
    )
    shadows = serializers.ListField(child=serializers.CharField())
    fallbacks = FallbackExplainedSerializer(many=True)


def explained(found: Explanation) -> dict[str, Any]:
    """As ExplanationSerializer has it."""
    made = found.plan
    return {
        "problem": found.problem,
        "strategy": found.strategy,
        "candidates": [
            {
                "deployment": it.place.label, "id": it.place.deployment, "role": it.place.role,
                "priority": it.place.priority, "score": it.score, "why": it.why,
                "share": found.shares.get(it.place.label, 0),
            }
            for it in (made.candidates if made else ())
        ],
        "excluded": [{"deployment": it.place.label, "why": it.why} for it in (made.excluded if made else ())],
        "shares": dict(found.shares),
        "shadows": [place.label for place in (made.shadows if made else ())],
        "fallbacks": [{"after": after, "route": route} for after, route in found.fallbacks],
    }  # fmt: skip


class PastCallSerializer(serializers.Serializer[Any]):
    """A call as its record has it."""

    request_id = serializers.CharField()
    event_id = serializers.UUIDField()
    at = serializers.DateTimeField()
    type = serializers.CharField()
    status = serializers.IntegerField(allow_null=True)
    plan = serializers.DictField()


class PastCallsSerializer(serializers.Serializer[Any]):
    """The call that was asked for, or the newest ones."""

    items = PastCallSerializer(many=True)


def past(calls: list[PastCall]) -> dict[str, Any]:
    """As PastCallsSerializer has it."""
    return {"items": [call._asdict() for call in calls]}


class UseSerializer(serializers.Serializer[Any]):
    """Calls of one deployment: which served in fact, which would be first."""

    deployment = serializers.CharField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class ReviewSerializer(serializers.Serializer[Any]):
    """What a change would have done to the last day's calls. Costs in nano-dollars, of calls priced both times."""

    calls = serializers.IntegerField()
    cut = serializers.BooleanField(help_text="There were more; the newest were looked at.")
    moved = serializers.IntegerField()
    deployments = UseSerializer(many=True)
    cost_before = serializers.IntegerField()
    cost_after = serializers.IntegerField()
    unpriced = serializers.IntegerField()
    untold = serializers.ListField(child=serializers.CharField())


def reviewed(review: Review) -> dict[str, Any]:
    """As ReviewSerializer has it."""
    uses = [{"deployment": name, "before": before, "after": after} for name, before, after in review.rows]
    names = ("calls", "cut", "moved", "cost_before", "cost_after", "unpriced")
    return {**{name: getattr(review, name) for name in names}, "deployments": uses, "untold": list(review.untold)}
