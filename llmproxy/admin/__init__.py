"""The gateway's pages in the admin, one file a model."""

from llmproxy.admin import deployments, model_presets, prices, providers, response_caches, routes

__all__ = ["deployments", "model_presets", "prices", "providers", "response_caches", "routes"]
