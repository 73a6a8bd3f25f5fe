"""The gateway's pages in the admin, one file a model."""

from llmproxy.admin import (
    approvals,
    budgets,
    cost_centres,
    deployments,
    ledger,
    limits,
    model_presets,
    prices,
    providers,
    response_caches,
    routes,
)

__all__ = [
    "approvals",
    "budgets",
    "cost_centres",
    "deployments",
    "ledger",
    "limits",
    "model_presets",
    "prices",
    "providers",
    "response_caches",
    "routes",
]
