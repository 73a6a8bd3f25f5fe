"""The prices that hold now, for the models that are in use here."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from llmproxy.models import ModelDeployment
from llmproxy.models import Price as PriceRow
from llmproxy.pricing import Price


class PriceBook(NamedTuple):
    """Prices by what they are of: a model of one's own, or a known model."""

    own: Mapping[object, Price]
    published: Mapping[object, Price]

    def price_of(self, deployment: ModelDeployment) -> Price | None:
        """One's own before the published one; None where it is unknown."""
        return self.own.get(deployment.pk) or self.published.get(deployment.facts_id)


def price_book(at: datetime, problems: list[str]) -> PriceBook:
    """One query. Of several that hold at a time the one that began last counts."""
    own: dict[object, Price] = {}
    published: dict[object, Price] = {}
    used = Q(deployment__isnull=False) | Q(facts__in=ModelDeployment.objects.exclude(facts=None).values("facts"))
    for row in PriceRow.objects.holding(at).filter(used).order_by("valid_from", "created_at"):
        try:
            price = row.frozen()
        except (ArithmeticError, ValueError, TypeError, AttributeError):
            problems.append(f"The price {row.pk} cannot be read; what it prices has no known price.")
            continue
        if row.deployment_id is not None:
            own[row.deployment_id] = price
        else:
            published[row.facts_id] = price
    return PriceBook(own, published)
