"""The gateway's part of `/api/v1/`."""

from rest_framework.routers import SimpleRouter

from llmproxy.api.deployments import DeploymentViewSet
from llmproxy.api.model_presets import ModelPresetViewSet
from llmproxy.api.prices import FactsViewSet, PriceViewSet
from llmproxy.api.providers import CredentialViewSet, PresetViewSet, ProviderViewSet
from llmproxy.api.response_caches import ResponseCacheViewSet
from llmproxy.api.routes import RouteViewSet

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

app_name = "gateway-api"
urlpatterns = router.urls
