"""Configuration rows of the gateway: a provider is a row."""

from llmproxy.models.credential import ProviderCredential
from llmproxy.models.deployment import ModelDeployment
from llmproxy.models.facts import ModelFacts
from llmproxy.models.price import Price
from llmproxy.models.provider import Provider
from llmproxy.models.route import Route, RouteDeployment

__all__ = ["ModelDeployment", "ModelFacts", "Price", "Provider", "ProviderCredential", "Route", "RouteDeployment"]
