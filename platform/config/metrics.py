"""The metrics of every worker of this server and of the audit log, in Prometheus' text format."""

import os

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from config.evidence_metrics import EvidenceCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"  # set by `up` before the workers start, when there are several


def exposition() -> bytes:
    """All counters: of this process, or, with several workers, added up over all of them; then how the log stands."""
    log = CollectorRegistry()
    log.register(EvidenceCollector())
    return _counters() + generate_latest(log)


def _counters() -> bytes:
    if not os.environ.get(DIRECTORY):
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
