"""The answer of /readyz: every check, each with its reason, remembered for a second."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from django.conf import settings

from config.health import checks

REMEMBERED_SECONDS = 1.0

Check = Callable[[], str]


class Finding(NamedTuple):
    """One check's answer."""

    ok: bool
    reason: str


def standard_checks() -> dict[str, Check]:
    """What has to hold before traffic may come, cheapest questions first."""
    return {
        "app_database": lambda: checks.database("default"),
        "audit_database": lambda: checks.database(settings.AUDIT_DB_ALIAS),
        "migrations": checks.migrations,
        "valkey": checks.valkey,
        "change_watcher": checks.change_watcher,
        "catalog": checks.catalog,
        "signing_key": checks.signing_key,
        "audit_spool": checks.spool,
        "audit_lag": checks.audit_lag,
    }


class Readiness:
    """One a process, on ProjectConfig. Probes that come close together share one round of checks."""

    def __init__(self, standard: Mapping[str, Check], clock: Callable[[], float] = time.monotonic) -> None:
        self._checks = dict(standard)
        self._clock = clock
        self._lock = threading.Lock()
        self._until = 0.0
        self._findings: dict[str, Finding] = {}

    def findings(self) -> dict[str, Finding]:
        """Each check's finding, at most REMEMBERED_SECONDS old."""
        with self._lock:
            if self._clock() >= self._until:
                self._findings = {name: self._ask(name, check) for name, check in self._checks.items()}
                self._until = self._clock() + REMEMBERED_SECONDS
            return dict(self._findings)

    def _ask(self, name: str, check: Check) -> Finding:
        try:
            finding = Finding(True, check())
        except checks.NotReady as error:
            return Finding(False, str(error))
        if name == "migrations":
            # Reading the migration files costs 100 ms, and what is applied stays applied while this code runs.
            self._checks["migrations"] = lambda: finding.reason
        return finding
