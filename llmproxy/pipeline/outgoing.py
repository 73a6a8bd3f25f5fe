"""The request to the provider, built from the call and the deployment's row."""

from llmproxy.adapters import openai_compatible
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.signing import signed
from llmproxy.transport.request import UpstreamRequest


def outgoing(call: Call) -> UpstreamRequest:
    """What the transport sends for `call`."""
    deployment = call.deployment
    request = UpstreamRequest(
        method="POST",
        url=deployment.adapter.url(call.endpoint, deployment.upstream_model, stream=call.stream),
        headers=openai_compatible.headers(
            call.request.headers,
            deployment.extra_headers,
            "text/event-stream" if call.stream else "application/json",
        ),
        body=call.prepared.body,
        timeouts=deployment.timeouts,
        request_id=call.request.request_id,
    )
    return request if call.credential is None else signed(request, call.credential.auth)
