"""The gateway's pages in the admin, one file a model."""

from llmproxy.admin import deployments, prices, providers, routes

__all__ = ["deployments", "prices", "providers", "routes"]
