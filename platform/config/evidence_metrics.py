"""How the audit log stands, for Prometheus: read when it is asked, so that every worker would say the same."""

from collections.abc import Iterator

import structlog
from django.db import DatabaseError
from prometheus_client.core import GaugeMetricFamily

from audit.vital_signs import vital_signs

logger = structlog.get_logger(__name__)


class EvidenceCollector:
    """Gauges from the database and the spool of this machine; only `gatehouse_audit_up 0` where they do not answer."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """As of now."""
        try:
            found = vital_signs()
        except (DatabaseError, OSError) as error:
            logger.warning("metrics.audit_log_does_not_answer", error=type(error).__name__)
            yield GaugeMetricFamily("gatehouse_audit_up", "Whether the audit log answers.", value=0)
            return
        checked = found.last_run
        held = checked is None or checked.state == checked.State.HOLDS
        for name, text, value in (
            ("up", "Whether the audit log answers.", 1),
            ("lag_seconds", "Age of the oldest record that waits to be taken into the log.", found.lag_seconds),
            ("events", "Events in the log.", found.size),
            ("signed_events", "Events in the newest signed checkpoint.", found.signed_size),
            ("missing_records", "Records that are missing from the numbering of their writers.", found.gaps),
            ("dead_letters", "Bytes that were no records, counted up to 1000.", found.dead_letters),
            ("verification_failed", "Whether the newest check of the log found something.", int(not held)),
            ("anchors_failing", "Places for checkpoints that fail.", sum(1 for one in found.anchors if one.failures)),
        ):
            yield GaugeMetricFamily(f"gatehouse_audit_{name}", text, value=value)
