"""Close a circuit by hand: a person knows that the other side is well again."""

import time

from django.core.exceptions import ValidationError
from django.db import transaction
from redis.exceptions import RedisError

from accounts.change_records import target_of
from audit.log import record
from llmproxy.health import reading
from llmproxy.models import ModelDeployment
from llmproxy.routing.health.board import Told

AWAY = "The shared store is away, so the processes cannot be told. Try again when it is back."


def execute(deployment: ModelDeployment) -> int:
    """Close the circuits of the deployment and of its keys; how many. On record. Raises ValidationError."""
    known = reading.overview()
    if known.problem:
        raise ValidationError(AWAY)
    own = str(deployment.pk)
    keys = [key for key in known.circuits if key == own or key.startswith(f"{own}/")]
    owner = deployment.provider.organisation_id
    with transaction.atomic():
        record(
            "admin.circuit.closed",
            target=target_of(deployment),
            organisation_id=str(owner) if owner else None,
            attrs={"circuits": keys, "reasons": [known.circuits[key].reason for key in keys]},
        )
        try:
            for key in keys:
                reading.tell(Told(key, 0.0, 0, "", time.time()))
        except (RedisError, OSError) as error:
            raise ValidationError(AWAY) from error
    return len(keys)
