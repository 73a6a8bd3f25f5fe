"""Takes in what waits, again and again, until it is killed. Settings come from the environment."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

import django  # noqa: E402 (the path has to be there first)

django.setup()

from django.conf import settings  # noqa: E402

from audit.ingest.ingestor import Ingestor  # noqa: E402 (models: only after setup)

if __name__ == "__main__":
    print("ready", flush=True)
    while True:
        Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
