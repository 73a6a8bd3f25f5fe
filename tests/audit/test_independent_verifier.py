"""One event's proof, taken over the API's own text format, checks with code that is not ours: sigstore-js."""

import json
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from audit.actions.prove_event import prove_event
from audit.actions.sign_checkpoint import key_file
from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent
from audit.tree.proof_text import InclusionProof
from tests.node_project import installed

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True, databases=["default", "audit"]),
]
SOURCE = Path(__file__).with_name("sigstore")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(SOURCE, tmp_path_factory.mktemp("sigstore"))


@pytest.fixture
def event(tmp_path: Path, settings: Any) -> AuditEvent:
    """One in the middle of three hundred."""
    settings.AUDIT_KEY_FILE, settings.AUDIT_CHECKPOINT_FILE = tmp_path / "key", tmp_path / "checkpoint"
    for n in range(300):
        record("proxy.request.rejected", outcome="denied", request_id=f"r{n}")
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    return AuditEvent.objects.get(request_id="r123")


def judged(program: Path, event: AuditEvent, **forged: Any) -> dict[str, Any]:
    proof, key = InclusionProof.parsed(prove_event(event).text()), key_file().keys()[0].verifier
    given = {
        "record": b64encode(bytes(event.raw)).decode(), "index": proof.index, "checkpoint": proof.checkpoint,
        "path": [b64encode(part).decode() for part in proof.path], "origin": key.name, "keyId": key.id.hex(),
        "key": b64encode(key.public).decode(),
    }  # fmt: skip
    done = subprocess.run(
        ["node", "check.js"], cwd=program, input=json.dumps(given | forged), capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_somebody_elses_code_accepts_the_proof(program: Path, event: AuditEvent) -> None:
    assert judged(program, event) == {"holds": True}


def test_and_refuses_what_was_changed(program: Path, event: AuditEvent) -> None:
    flipped = b64encode(bytes(event.raw).replace(b"r123", b"r124")).decode()
    assert "root hash" in judged(program, event, record=flipped)["why"]
    assert not judged(program, event, index=event.leaf_index + 1)["holds"]
    note = prove_event(event).checkpoint
    forged = note.replace("\n301\n", "\n302\n") if "\n301\n" in note else note.replace("/audit/1\n", "/audit/2\n", 1)
    assert "signature" in judged(program, event, checkpoint=forged)["why"]
    assert str(settings.AUDIT_ORIGIN) in note
