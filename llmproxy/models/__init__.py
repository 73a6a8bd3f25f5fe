"""Configuration rows of the gateway: a provider is a row."""

from llmproxy.models.credential import ProviderCredential
from llmproxy.models.deployment import ModelDeployment
from llmproxy.models.facts import ModelFacts
from llmproxy.models.model_preset import ModelPreset
from llmproxy.models.price import Price
from llmproxy.models.provider import Provider
from llmproxy.models.route import Route
from llmproxy.models.route_deployment import RouteDeployment
from llmproxy.models.route_fallback import RouteFallback

__all__ = [
    "ModelDeployment", "ModelFacts", "ModelPreset", "Price", "Provider", "ProviderCredential", "Route",
    "RouteDeployment", "RouteFallback",
]  # fmt: skip
