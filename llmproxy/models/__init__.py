"""Rows of the gateway: a provider is a row, and so is a limit, a budget, a settled call."""

from llmproxy.models.budget import Budget, BudgetIncrease
from llmproxy.models.cost_centre import CostAssignment, CostCentre
from llmproxy.models.credential import ProviderCredential
from llmproxy.models.deployment import ModelDeployment
from llmproxy.models.facts import ModelFacts
from llmproxy.models.ledger import LedgerCursor, LedgerEntry, LedgerTag, Repricing
from llmproxy.models.limit import Limit
from llmproxy.models.model_preset import ModelPreset
from llmproxy.models.price import Price
from llmproxy.models.provider import Provider
from llmproxy.models.response_cache import ResponseCache
from llmproxy.models.route import Route
from llmproxy.models.route_deployment import RouteDeployment
from llmproxy.models.route_fallback import RouteFallback
from llmproxy.models.spending import BudgetAlert, BudgetLease, BudgetPeriod

__all__ = [
    "Budget",
    "BudgetAlert",
    "BudgetIncrease",
    "BudgetLease",
    "BudgetPeriod",
    "CostAssignment",
    "CostCentre",
    "LedgerCursor",
    "LedgerEntry",
    "LedgerTag",
    "Limit",
    "ModelDeployment",
    "ModelFacts",
    "ModelPreset",
    "Price",
    "Provider",
    "ProviderCredential",
    "Repricing",
    "ResponseCache",
    "Route",
    "RouteDeployment",
    "RouteFallback",
]
