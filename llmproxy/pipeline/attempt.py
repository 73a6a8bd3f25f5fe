"""One try at one deployment. A call makes one or more of them, and only before the first byte."""

import time
from dataclasses import dataclass, field

from accounts.errors import GatehouseError
from llmproxy.catalog import Credential, Deployment
from llmproxy.pipeline.exchange import Exchange


@dataclass(slots=True, eq=False)
class Attempt:
    """What was tried where, and how it began to be answered.

    Attributes:
        exchange: how the client's wire meets this deployment's.
        credential: the provider's key that this attempt was given; None where the provider has none.
        started, first_byte: seconds on the monotonic clock.
        error: why it is over without an answer; None while it runs, and where it was answered.
    """

    deployment: Deployment
    credential: Credential | None
    exchange: Exchange
    started: float = field(default_factory=time.perf_counter)
    first_byte: float | None = None
    upstream_status: int | None = None
    error: GatehouseError | None = None

    def answered(self, status: int) -> None:
        """The provider began to answer."""
        self.upstream_status = status
        if self.first_byte is None:
            self.first_byte = time.perf_counter()
