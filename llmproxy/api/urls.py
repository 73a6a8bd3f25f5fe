"""The gateway's part of `/api/v1/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from llmproxy.api.budgets import AlertViewSet, BudgetViewSet, IncreaseViewSet
from llmproxy.api.cost_centres import CostAssignmentViewSet, CostCentreViewSet
from llmproxy.api.deployments import DeploymentViewSet
from llmproxy.api.ledger import LedgerViewSet, RepricingViewSet, StatementViewSet
from llmproxy.api.limits import LimitViewSet
from llmproxy.api.model_presets import ModelPresetViewSet
from llmproxy.api.prices import FactsViewSet, PriceViewSet
from llmproxy.api.providers import CredentialViewSet, PresetViewSet, ProviderViewSet
from llmproxy.api.response_caches import ResponseCacheViewSet
from llmproxy.api.routes import RouteViewSet
from llmproxy.api.usage import UsageViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("presets", PresetViewSet, "preset")
router.register("providers", ProviderViewSet, "provider")
router.register("provider-credentials", CredentialViewSet, "provider-credential")
router.register("models", DeploymentViewSet, "model")
router.register("routes", RouteViewSet, "route")
router.register("model-presets", ModelPresetViewSet, "model-preset")
router.register("response-caches", ResponseCacheViewSet, "response-cache")
router.register("prices", PriceViewSet, "price")
router.register("known-models", FactsViewSet, "known-model")
router.register("limits", LimitViewSet, "limit")
router.register("budgets", BudgetViewSet, "budget")
router.register("budget-increases", IncreaseViewSet, "budget-increase")
router.register("budget-alerts", AlertViewSet, "budget-alert")
router.register("cost-centres", CostCentreViewSet, "cost-centre")
router.register("cost-assignments", CostAssignmentViewSet, "cost-assignment")
router.register("ledger", LedgerViewSet, "ledger")
router.register("repricings", RepricingViewSet, "repricing")
router.register("usage", UsageViewSet, "usage")

app_name = "gateway-api"
urlpatterns = [
    path("statements/<str:month>", StatementViewSet.as_view({"get": "retrieve"}), name="statement"),
    *router.urls,
]
