"""For httpx2, and for SDKs that take an `httpx2.Client`, as OpenAI's and Anthropic's do."""

import httpx2

from gatehouse.httpx_flow import Flow


class GatehouseAuth(Flow, httpx2.Auth):
    """`httpx2.Client(auth=GatehouseAuth(source))`."""
