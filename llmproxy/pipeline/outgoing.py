"""The request to the provider, built from the call and the deployment's row."""

from llmproxy.adapters import openai_compatible
from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.signing import signed
from llmproxy.transport.request import UpstreamRequest


def outgoing(call: Call, attempt: Attempt) -> UpstreamRequest:
    """What the transport sends for `attempt`."""
    deployment, credential, exchange = attempt.deployment, attempt.credential, attempt.exchange
    url = deployment.adapter.url(exchange.path, deployment.upstream_model, stream=call.stream)
    request = UpstreamRequest(
        method="POST",
        url=with_query(url, exchange.query),
        headers=openai_compatible.headers(
            call.request.headers,
            (*exchange.defaults, *deployment.extra_headers),
            exchange.stream_type if call.stream else "application/json",
            exchange.forwarded,
            call.content_type,
        ),
        body=call.request.restored(exchange.prepared.body),
        timeouts=deployment.timeouts,
        request_id=call.request.request_id,
    )
    return request if credential is None else signed(request, credential.auth)


def with_query(url: str, query: str) -> str:
    """`url` with `query` behind what it has."""
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url
