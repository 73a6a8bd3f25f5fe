"""The gateway's own Prometheus metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from llmproxy.wires.usage import Usage

DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class GatewayMetrics:
    """Counters of the data plane. One per process; labels are closed sets, so their number is bounded.

    Args:
        registry: where they are registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter("gatehouse_requests", "Calls by outcome.", ["endpoint", "outcome"], registry=registry)
        self._rejected = Counter("gatehouse_rejections", "Refusals by code.", ["code"], registry=registry)
        self._tokens = Counter("gatehouse_tokens", "Tokens by class.", ["token_class"], registry=registry)
        self._duration = Histogram(
            "gatehouse_request_duration_seconds",
            "Whole calls.",
            ["endpoint"],
            buckets=DURATION_BUCKETS,
            registry=registry,
        )
        self._ttft = Histogram(
            "gatehouse_time_to_first_byte_seconds",
            "Until the provider answers.",
            buckets=DURATION_BUCKETS,
            registry=registry,
        )
        self.running = Gauge(
            "gatehouse_requests_running", "Calls under way.", registry=registry, multiprocess_mode="livesum"
        )
        self._attempts = Counter(
            "gatehouse_attempts", "Attempts at deployments by result.", ["result"], registry=registry
        )
        self._results: dict[str, Counter] = {}
        self.rescued = Counter("gatehouse_rescued", "Calls answered after a failed attempt.", registry=registry)
        self._tokens_in, self._tokens_out = self._tokens.labels("input"), self._tokens.labels("output")
        self._children: dict[tuple[str, str], Counter] = {}
        self._durations: dict[str, Histogram] = {}

    def ended(self, endpoint: str, outcome: str, duration_us: int, ttft_us: int | None, usage: Usage | None) -> None:
        """Count one finished call."""
        key = (endpoint, outcome)
        if (child := self._children.get(key)) is None:
            child = self._children[key] = self._requests.labels(endpoint, outcome)
            self._durations.setdefault(endpoint, self._duration.labels(endpoint))
        child.inc()
        self._durations[endpoint].observe(duration_us / 1e6)
        if ttft_us is not None:
            self._ttft.observe(ttft_us / 1e6)
        if usage is not None:
            self._tokens_in.inc(usage.input)
            self._tokens_out.inc(usage.output)

    def attempted(self, result: str) -> None:
        """Count one attempt; `result` is of a closed list."""
        if (child := self._results.get(result)) is None:
            child = self._results[result] = self._attempts.labels(result)
        child.inc()

    def rejected(self, code: str) -> None:
        """Count one refusal."""
        self._rejected.labels(code).inc()
