"""The data plane's way out: HTTP/1.1 on asyncio.Protocol and llhttp. Only this opens sockets there. No Django."""

from llmproxy.transport.request import Timeouts, UpstreamRequest
from llmproxy.transport.response import UpstreamResponse
from llmproxy.transport.transport import Transport

__all__ = ["Timeouts", "Transport", "UpstreamRequest", "UpstreamResponse"]
