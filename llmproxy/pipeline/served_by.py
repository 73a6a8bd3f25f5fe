"""What the answer says of where it was made: the deployment, and how many attempts it took."""

from llmproxy.gateway.response import Header
from llmproxy.pipeline.call import Call

DEPLOYMENT, ATTEMPTS = "x-gatehouse-deployment", "x-gatehouse-attempts"


def served_by(call: Call) -> dict[str, str]:
    """For refusals: the deployment of the last attempt."""
    return {DEPLOYMENT: _label(call).decode(), ATTEMPTS: str(len(call.attempts))}


def headers(call: Call) -> list[Header]:
    """For answers. A stream that had to be kept alive before its answer began says nothing yet."""
    if call.attempt.first_byte is None:
        return []
    return [(DEPLOYMENT.encode(), _label(call)), (ATTEMPTS.encode(), b"%d" % len(call.attempts))]


def _label(call: Call) -> bytes:
    return call.deployment.place.label.encode("ascii", "backslashreplace")
