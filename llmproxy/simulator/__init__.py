"""The built-in provider."""

from llmproxy.transport.errors import ConnectFailed
from llmproxy.transport.request import UpstreamRequest
from llmproxy.transport.response import UpstreamResponse


async def answer(request: UpstreamRequest) -> UpstreamResponse:
    """Replaced by SIMULATOR."""
    raise ConnectFailed
