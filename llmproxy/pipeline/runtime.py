"""The process-wide parts that a call needs, made once at start and handed in; nothing here is a module's state."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from accounts.changes import ChangeWatcher
from accounts.seen_proofs import SeenProofs
from llmproxy.caching.store import AnswerStore
from llmproxy.catalog import CatalogKeeper
from llmproxy.gateway.client_address import TrustedProxies
from llmproxy.idempotency.claims import Claims
from llmproxy.metering.bank import Bank
from llmproxy.metrics import GatewayMetrics
from llmproxy.pipeline.slots import Slots
from llmproxy.pipeline.standing_watch import StandingWatches
from llmproxy.routing.health.board import Board
from llmproxy.transport import Transport

if TYPE_CHECKING:
    from llmproxy.pipeline.admission import Admission
    from llmproxy.pipeline.inspection import Inspection


@dataclass(slots=True)
class Runtime:
    """What the data plane of one process works with.

    Attributes:
        stale_seconds: configuration older than this lets nothing through.
        keep_alive_seconds: how long a stream may be silent before a comment is sent.
        most_parallel: calls of one principal at once in this process.
        parallel: how many are running, by principal.
        admissions: the rule books that let calls in, asked in this order.
        answers: where the response cache keeps them; None: nowhere.
        background: tasks that outlive their calls.
        claims: of requests with an Idempotency-Key; None: keys are not looked at.
        board: circuits, load and latency of everything that is called.
        places: where those of deployments with a cap are leased; None: this process is alone.
        slots: how many calls of each deployment run, and who waits.
        standings: looks after the credentials of streams.
        shadows: copies that are under way.
        inspections: what looks at the content of calls; guardrails are put in here.
    """

    catalog: CatalogKeeper
    watcher: ChangeWatcher
    transport: Transport
    metrics: GatewayMetrics
    proofs: SeenProofs
    stale_seconds: float = 1.0
    keep_alive_seconds: float = 15.0
    slowest_write_seconds: float = 60.0
    most_parallel: int = 10_000
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    parallel: Counter[str] = field(default_factory=Counter)
    admissions: "tuple[Admission, ...]" = ()
    inspections: "tuple[Inspection, ...]" = ()
    answers: AnswerStore | None = None
    background: set[asyncio.Task[None]] = field(default_factory=set)
    claims: Claims | None = None
    board: Board = field(default_factory=Board)
    standings: StandingWatches = field(default_factory=StandingWatches)
    shadows: set[asyncio.Future[None]] = field(default_factory=set)
    places: Bank | None = None
    slots: Slots = field(init=False)

    def __post_init__(self) -> None:
        self.slots = Slots(self.board, self.places)
