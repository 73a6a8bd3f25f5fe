"""Which of a provider's keys an attempt is given: by weight, among those that are not resting."""

from collections.abc import Collection

from llmproxy.catalog import Credential, Credentials, Deployment
from llmproxy.routing.health.board import Board


def circuit_of(deployment: Deployment, credential: Credential | None) -> str:
    """The circuit of a key at a deployment: providers limit a key for each model."""
    return f"{deployment.id}/{'-' if credential is None else credential.id}"


def pick(board: Board, deployment: Deployment, at: float, tried: Collection[str] = ()) -> Credential | None:
    """One that may be used now and was not tried; of those that rest, one that was not tried; else None."""
    keys = deployment.credentials
    if not board.circuits and not tried:
        return keys.pick()
    fresh = tuple(key for key in keys.all if key.id not in tried)
    awake = tuple(key for key in fresh if board.barred(circuit_of(deployment, key), at) is None)
    return Credentials(awake or fresh).pick()


def resting(board: Board, deployment: Deployment, at: float) -> str | None:
    """Why none of the deployment's keys may be used now; None where one may, or there are none."""
    whys = [board.barred(circuit_of(deployment, key), at) for key in deployment.credentials.all or (None,)]
    if not all(whys):
        return None
    said = "its only key rests" if len(whys) == 1 else f"all its {len(whys)} keys rest"
    return f"{said}: {whys[0]}"
