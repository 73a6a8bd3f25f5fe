"""How many records a second are taken in, with tree, tiles and roll-ups; and how many are verified.

Run: python bench/ingest.py [records]. A new SQLite file, or what DATABASE_URL or AUDIT_DATABASE_URL say.
"""

import os
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("GATEHOUSE_DATA", tempfile.mkdtemp(prefix="gatehouse-bench-"))

import django  # noqa: E402 (the environment has to be there first)

django.setup()

from django.conf import settings  # noqa: E402 (only after setup)
from django.core.management import call_command  # noqa: E402

from audit.actions.sign_checkpoint import sign_checkpoint  # noqa: E402
from audit.apps import AuditConfig  # noqa: E402
from audit.context import Actor  # noqa: E402
from audit.evidence.bundle import BundleWriter  # noqa: E402
from audit.ingest.ingestor import Ingestor  # noqa: E402
from audit.log import record  # noqa: E402
from audit.verification import verify  # noqa: E402

ACTOR = Actor("api_key", "key:01938c5e-0000-7000-8000-000000000000", "bench")
COLUMNS = {
    "organisation_id": "01938c5e-0000-7000-8000-000000000001", "key_prefix": "gh_abcdef", "src_ip": "192.0.2.1",
    "http_method": "POST", "http_path": "/v1/chat/completions", "http_status": 200, "provider": "simulator",
    "model_requested": "demo", "model_served": "demo", "tokens_in": 812, "tokens_out": 120, "cost_nano": 1_250_000,
    "ttft_us": 182_000, "duration_us": 2_150_000,
}  # fmt: skip


def migrate() -> None:
    """The tables of the audit app."""
    for alias in settings.DATABASES:
        call_command("migrate", "audit", database=alias, verbosity=0)


def emit(count: int) -> None:
    """Spool records as the gateway does."""
    for _ in range(count):
        record("proxy.request.completed", actor=ACTOR, request_id=f"req_{uuid.uuid4().hex[:16]}", **COLUMNS)
    AuditConfig.current().close()


def timed(name: str, count: int, began: tuple[float, float]) -> None:
    """One line: by the clock, and by this process's processor time, which other work on the machine disturbs less."""
    clock, processor = (count / (now - then) for now, then in zip(moment(), began, strict=True))
    print(f"{name}: {clock:,.0f} records/s, {processor:,.0f} by processor time", flush=True)


def moment() -> tuple[float, float]:
    """Clock and processor time, in seconds."""
    return time.perf_counter(), time.process_time()


def verify_elsewhere(bundle: str, vkey: str, count: int) -> bool:
    """What an auditor runs, from the start of its process to the end of it: without Django, database or network."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "audit.tree.command_line", "verify", bundle, "--key", vkey]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    print(f"gatehouse-audit verify: {count / (time.perf_counter() - began):,.0f} records/s by the clock", flush=True)
    return code == 0


def main(count: int) -> int:
    """Measure; 1 if anything does not verify."""
    migrate()
    emit(count)
    began = moment()
    added = Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run(max_seconds=3600)
    timed("ingest", added, began)
    began = moment()
    checkpoint = sign_checkpoint()
    assert checkpoint is not None
    print(f"first checkpoint: {(time.perf_counter() - began[0]) * 1000:.0f} ms", flush=True)
    began = moment()
    live = verify(columns=False)
    timed("verify the live tree", live.events, began)
    began = moment()
    columns = verify()
    timed("verify the live tree and every column", columns.events, began)
    with tempfile.TemporaryDirectory() as scratch:
        about = {"requested_by": "bench", "reason": "bench"}
        manifest = BundleWriter(Path(scratch), checkpoint).write(0, checkpoint.size, {}, about)
        sound = verify_elsewhere(scratch, manifest["vkey"], checkpoint.size)
    return 0 if live.holds and columns.holds and sound else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
