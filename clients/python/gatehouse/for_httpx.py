"""For httpx, and for SDKs that take an `httpx.Client`."""

import httpx

from gatehouse.httpx_flow import Flow


class GatehouseAuth(Flow, httpx.Auth):
    """`httpx.Client(auth=GatehouseAuth(source))`."""
