"""Limits, budgets and cost centres, as the hot path looks them up."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from llmproxy.metering.rules import BudgetRule, LimitRule
from llmproxy.models import Budget, CostAssignment, Limit

Limits = tuple[LimitRule, ...]
Budgets = tuple[BudgetRule, ...]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules by organisation; those of the whole installation are in every organisation's, and stand alone as `shared`.

    Attributes:
        bearers: from a key's or team's id, or a program's subject, to the code of its cost centre.
    """

    limits: Mapping[str, Limits] = field(default_factory=dict)
    shared_limits: Limits = ()
    budgets: Mapping[str, Budgets] = field(default_factory=dict)
    shared_budgets: Budgets = ()
    bearers: Mapping[str, str] = field(default_factory=dict)

    def limits_for(self, organisation_id: str) -> Limits:
        """What may concern a call of the organisation."""
        return self.limits.get(organisation_id, self.shared_limits)

    def budgets_for(self, organisation_id: str) -> Budgets:
        """What may concern a call of the organisation."""
        return self.budgets.get(organisation_id, self.shared_budgets)


NO_RULES = RuleBook()
RELATED = ("organisation", "team", "user", "service_account", "api_key")


def rule_book(problems: list[str]) -> RuleBook:
    """Three queries. A rule that cannot be read is named in `problems`."""
    limits: dict[str, list[LimitRule]] = defaultdict(list)
    for limit in Limit.objects.filter(enabled=True).select_related(*RELATED):
        try:
            limits[str(limit.organisation_id or "")].append(limit.frozen())
        except (KeyError, TypeError, ValueError):
            problems.append(f"The limit “{limit.name}” cannot be read, and does not limit anybody.")
    budgets: dict[str, list[BudgetRule]] = defaultdict(list)
    for budget in Budget.objects.filter(enabled=True).select_related(*RELATED):
        try:
            budgets[str(budget.organisation_id or "")].append(budget.frozen())
        except (KeyError, TypeError, ValueError):
            problems.append(f"The budget “{budget.name}” cannot be read, and does not hold anybody back.")
    bearers = {row.bearer: row.cost_centre.code for row in CostAssignment.objects.select_related("cost_centre")}
    shared_limits, shared_budgets = tuple(limits.pop("", ())), tuple(budgets.pop("", ()))
    return RuleBook(
        {tenant: (*shared_limits, *rules) for tenant, rules in limits.items()},
        shared_limits,
        {tenant: (*shared_budgets, *rules) for tenant, rules in budgets.items()},
        shared_budgets,
        bearers,
    )
