"""The board: circuits and load of everything that this process calls, and what the others told of theirs."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from llmproxy.routing.health.circuit import CLOSED, Circuit, Limits
from llmproxy.routing.health.load import Load
from llmproxy.routing.health.retry_budget import RetryBudget

MOST_TOLD: Final = 10_000


class Told(NamedTuple):
    """A circuit that opened or closed: what processes tell each other. `until` 0 is closed."""

    key: str
    until: float
    openings: int
    reason: str
    changed_at: float


class Board:
    """One per process. Keys of circuits are ids of deployments and of keys; nothing here waits or asks anybody.

    Attributes:
        untold: changes that the others have not heard of.
        workers: processes that share the load, as last heard.
    """

    def __init__(self) -> None:
        self.circuits: dict[str, Circuit] = {}
        self.loads: dict[str, Load] = {}
        self.budgets: dict[str, RetryBudget] = {}
        self.untold: deque[Told] = deque(maxlen=MOST_TOLD)
        self.workers = 1

    def load(self, deployment: str) -> Load:
        """Of a deployment, made on first use."""
        if (found := self.loads.get(deployment)) is None:
            found = self.loads[deployment] = Load()
        return found

    def budget(self, route: str) -> RetryBudget:
        """Of a route, made on first use."""
        if (found := self.budgets.get(route)) is None:
            found = self.budgets[route] = RetryBudget()
        return found

    def barred(self, key: str, at: float) -> str | None:
        """Why nothing is sent there now; None where something may be."""
        circuit = self.circuits.get(key)
        if circuit is None or circuit.lets_through(at):
            return None
        if circuit.until > at:
            return f"{circuit.reason}; tried again in {circuit.until - at:.0f} s"
        return f"{circuit.reason}; another call is trying it"

    def running(self, deployment: str) -> int:
        """Calls under way, here and elsewhere."""
        load = self.loads.get(deployment)
        return load.running + load.elsewhere if load else 0

    def latency(self, deployment: str, at: float) -> float:
        """Seconds by peak EWMA; 0 where it is unknown."""
        load = self.loads.get(deployment)
        return load.latency(at) if load else 0.0

    def seconds_left(self, key: str, at: float) -> float:
        """Until something may be sent there again; 0 where it may now."""
        circuit = self.circuits.get(key)
        return max(0.0, circuit.until - at) if circuit else 0.0

    def begun(self, key: str, at: float) -> None:
        """A call is sent."""
        if (circuit := self.circuits.get(key)) is not None:
            circuit.begun(at)

    def withdrawn(self, key: str) -> None:
        """A call ended without telling anything of the other side: the client left, or a sibling was faster."""
        if (circuit := self.circuits.get(key)) is not None:
            circuit.withdrawn()

    def succeeded(self, key: str, at: float) -> None:
        """A call was answered."""
        circuit = self.circuits.get(key)
        if circuit is not None and circuit.succeeded(at):
            self._tell(key, circuit)

    def failed(self, key: str, at: float, reason: str, limits: Limits) -> None:
        """A call failed in a way that says something of the other side."""
        if not limits.failures:
            return
        circuit = self.circuits.setdefault(key, Circuit())
        if circuit.failed(at, reason, limits):
            self._tell(key, circuit)

    def rest(self, key: str, at: float, seconds: float, reason: str) -> None:
        """Send nothing there for so long."""
        circuit = self.circuits.setdefault(key, Circuit())
        if circuit.rest(at, seconds, reason):
            self._tell(key, circuit)

    def take_in(self, told: Iterable[Told]) -> None:
        """What others told, later changes over earlier ones."""
        for said in told:
            circuit = self.circuits.setdefault(said.key, Circuit())
            if said.changed_at > circuit.changed_at:
                circuit.until, circuit.openings, circuit.reason = said.until, said.openings, said.reason
                circuit.changed_at, circuit.failures, circuit.tried_at = said.changed_at, 0, 0.0

    def hear_load(self, running: Mapping[str, int], workers: int) -> None:
        """How many calls the other processes have under way."""
        self.workers = max(1, workers)
        for deployment in running:
            self.load(deployment)
        for deployment, load in self.loads.items():
            load.elsewhere = running.get(deployment, 0)

    def open_circuits(self, at: float) -> dict[str, Circuit]:
        """Those that are not closed."""
        return {key: circuit for key, circuit in self.circuits.items() if circuit.state(at) != CLOSED}

    def _tell(self, key: str, circuit: Circuit) -> None:
        self.untold.append(Told(key, circuit.until, circuit.openings, circuit.reason, circuit.changed_at))
