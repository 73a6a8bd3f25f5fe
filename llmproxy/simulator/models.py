"""The models on offer."""

from collections.abc import Mapping

import orjson

from llmproxy.simulator.faults import Plan, options_in, plan_for
from llmproxy.simulator.parameters import Body, text
from llmproxy.simulator.refusal import Refused, missing

CREATED = 1_767_225_600  # seconds since 1970; fixed, because the same request always gets the same bytes
CHAT: Mapping[str, Plan] = {
    "simulator-chat": Plan(),
    "simulator-slow": Plan(latency=1.0, rate=10.0),
    "simulator-echo": Plan(echo=True),
}
EMBEDDINGS: Mapping[str, Plan] = {"simulator-embedding": Plan()}


def plan_of(body: Body, offered: Mapping[str, Plan]) -> Plan:
    """What the model's name and the metadata ask for. Raises Refused."""
    if "model" not in body:
        raise Refused("you must provide a model parameter")
    name = text(body, "model")
    if not name:
        raise missing("model")
    base, _, options = name.partition("+")
    if base not in offered:
        raise _unknown(name)
    plan = plan_for(options, offered[base], "model")
    return plan_for(options_in(body.get("metadata")), plan, "metadata")


def listed() -> bytes:
    """The answer to GET /models."""
    return orjson.dumps({"object": "list", "data": [_model(name) for name in (*CHAT, *EMBEDDINGS)]})


def shown(name: str) -> bytes:
    """The answer to GET /models/{name}. Raises Refused."""
    if name.partition("+")[0] not in (*CHAT, *EMBEDDINGS):
        raise _unknown(name)
    return orjson.dumps(_model(name))


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "gatehouse-simulator"}


def _unknown(name: str) -> Refused:
    message = f"The model `{name[:200]}` does not exist or you do not have access to it."
    return Refused(message, status=404, param=None, code="model_not_found")
