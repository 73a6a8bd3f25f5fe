"""One try at one deployment. A call makes one or more of them, and only before the first byte."""

import time
from dataclasses import dataclass, field

from accounts.errors import GatehouseError
from llmproxy.catalog import Credential, Deployment
from llmproxy.pipeline.exchange import Exchange
from llmproxy.routing.failure import Failure


@dataclass(slots=True, eq=False)
class Attempt:
    """What was tried where, and how it began to be answered.

    Attributes:
        exchange: how the client's wire meets this deployment's.
        credential: the provider's key that this attempt was given; None where the provider has none.
        why: it goes there, in words.
        wait: seconds before it is sent.
        started, first_byte, ended: seconds on the monotonic clock.
        error: why it is over without an answer; None while it runs, and where it was answered. `failure`: its class.
        withdrawn: we ended it: the client left, or another attempt was faster.
        holds_place: among the calls that the deployment may serve at once.
        patient: it waits for a place where all are taken: nobody else is left to ask.
        sent: it left the house, so the provider may charge for it.
    """

    deployment: Deployment
    credential: Credential | None
    exchange: Exchange
    why: str = ""
    wait: float = 0.0
    started: float = field(default_factory=time.perf_counter)
    first_byte: float | None = None
    ended: float | None = None
    upstream_status: int | None = None
    error: GatehouseError | None = None
    failure: Failure | None = None
    withdrawn: bool = False
    holds_place: bool = False
    sent: bool = False
    patient: bool = True

    def answered(self, status: int) -> None:
        """The provider began to answer."""
        self.upstream_status = status
        if self.first_byte is None:
            self.first_byte = time.perf_counter()
