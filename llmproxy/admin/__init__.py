"""The gateway's pages in the admin, one file a model."""

from llmproxy.admin import deployments, providers, routes

__all__ = ["deployments", "providers", "routes"]
