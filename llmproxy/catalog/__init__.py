"""The only reader of configuration on the hot path: a frozen snapshot, and what keeps it current."""

from llmproxy.catalog.keeper import CatalogKeeper
from llmproxy.catalog.snapshot import Catalog, Credential, Credentials, Deployment, Preset, Route

__all__ = ["Catalog", "CatalogKeeper", "Credential", "Credentials", "Deployment", "Preset", "Route"]
