"""Find out which known model stands behind each model of a provider: context window and price follow."""

from collections.abc import Iterable
from importlib import import_module

from django.db import transaction

from llmproxy.models import ModelDeployment, ModelFacts


def execute(deployments: Iterable[ModelDeployment] | None = None) -> int:
    """Link those that are not linked yet; how many were. What a person chose stays."""
    if deployments is None:
        rows = list(ModelDeployment.objects.filter(facts=None).select_related("provider"))
    else:
        rows = [row for row in deployments if row.facts_id is None]
    known = {(facts.catalogue, facts.model): facts for facts in _candidates(rows)}
    linked = 0
    with transaction.atomic():
        for row in rows:
            facts = next((known[key] for key in _keys(row) if key in known), None)
            if facts is not None:
                row.facts = facts
                row.save()
                linked += 1
    return linked


def _keys(row: ModelDeployment) -> list[tuple[str, str]]:
    # The table takes 0.4 s and 30 MB to load: only where it is asked, never when the process starts.
    table = import_module("llmproxy.pricing.genai")
    return list(table.matches(row.provider.base_url, row.upstream_model))


def _candidates(rows: list[ModelDeployment]) -> list[ModelFacts]:
    models = {model for row in rows for _, model in _keys(row)}
    return list(ModelFacts.objects.filter(model__in=models)) if models else []
