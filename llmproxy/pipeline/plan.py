"""Where a call goes: the deployments of its route, in the order in which they are tried."""

from accounts.errors import GatehouseError
from llmproxy.catalog import Deployment
from llmproxy.errors import UpstreamOverloaded
from llmproxy.pipeline.call import Call


def first(call: Call) -> Deployment:
    """The deployment that is tried first. Raises UpstreamOverloaded where there is none."""
    if not call.route.deployments:
        raise UpstreamOverloaded("No deployment of this model is switched on. An administrator has to enable one.")
    return call.route.deployments[0]


def after(call: Call, error: GatehouseError) -> Deployment | None:
    """The deployment that is tried after the current attempt failed with `error`; None: it was the last one."""
    return None
