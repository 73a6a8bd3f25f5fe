"""Where a call goes: its route is planned, and the first attempt begun."""

from llmproxy.errors import UpstreamOverloaded
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.runtime import Runtime
from llmproxy.pipeline.walk import Walk


def begin(runtime: Runtime, call: Call) -> None:
    """Plan `call` and begin its first attempt; nothing is sent yet.

    Raises:
        UpstreamOverloaded: the route has no deployment that is switched on.
        NoDeploymentFits: none of them takes such a call; says why of each.
        GatehouseError: it cannot be put into the words of any of them.
    """
    if not call.route.deployments:
        raise UpstreamOverloaded("No deployment of this model is switched on. An administrator has to enable one.")
    call.walk = Walk(runtime, call)
    call.request.finishers.append(call.forget)
    call.walk.begin()
