"""The rules of the response cache, by organisation and route."""

from collections import defaultdict
from collections.abc import Mapping

from llmproxy.caching.rule import CacheRule
from llmproxy.models import ResponseCache

# Of an organisation: by route, and under "" what holds for the others.
CacheRules = Mapping[str, Mapping[str, CacheRule]]


def cache_rules() -> CacheRules:
    """One query."""
    rules: dict[str, dict[str, CacheRule]] = defaultdict(dict)
    for row in ResponseCache.objects.filter(enabled=True):
        rules[str(row.organisation_id)]["" if row.route_id is None else str(row.route_id)] = row.frozen()
    return dict(rules)
