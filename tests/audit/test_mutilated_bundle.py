"""Whatever somebody does to the files of a bundle: the check says so in words, and never breaks off."""

import random
import re
from pathlib import Path

import pytest

from audit.actions.export_bundle import export_bundle
from audit.actions.sign_checkpoint import key_file
from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.tree.command_line import main

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
ROUNDS = 400
PIECES = (b"{", b"[", b'"', b"\n", b"\0", b"null", b"-1", b"1e999", b"9" * 25, b"\xff", b'"x":', b"[[[[")
VALUES = (b"null", b"[]", b"{}", b"true", b"-5", b'""', b'"a"', b"1.5", b"1e400", rb'"\ud800"')
# Nothing can contradict what these say: who asked and why, and what the files in it are for.
UNPROVED = ("manifest.json", "README", "report.html", "keys.txt")


@pytest.fixture
def bundle(tmp_path: Path, settings) -> Path:  # type: ignore[no-untyped-def]
    settings.AUDIT_KEY_FILE, settings.AUDIT_CHECKPOINT_FILE = tmp_path / "key", tmp_path / "checkpoint"
    for n in range(20):
        record("proxy.request.rejected", outcome="denied", request_id=f"r{n}", organisation_id="acme")
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    export_bundle(tmp_path / "bundle", {"requested_by": "ann", "reason": "test"}, 0, None, organisation_id="acme")
    return tmp_path / "bundle"


def mutilated(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    values = list(re.finditer(rb'"[^"]*"|\d+', data))
    value = chance.choice(values) if values else None
    choices = [
        data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :] if at < len(data) else b"",
        data[:at] + data[at + chance.randint(1, 50) :],
        data[:at] + chance.choice(PIECES) + data[at:],
        data[:at],
        data + data[:at],
        data[: value.start()] + chance.choice(VALUES) + data[value.end() :] if value else b"",
    ]
    return chance.choice(choices)


def test_no_mutilation_breaks_the_check_or_passes_it(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = str(key_file().keys()[0].verifier)
    command = ["verify", str(bundle), "--key", key]
    assert main(command) == 0
    chance = random.Random(20261128)  # noqa: S311 (mutilations, no secret)
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    codes = []
    for _ in range(ROUNDS):
        path = chance.choice(files)
        whole = path.read_bytes()
        path.write_bytes(mutilated(whole, chance))
        code = main(command)
        assert code in ((0, 1, 2) if path.name in UNPROVED or path.read_bytes() == whole else (1, 2)), path.name
        codes.append(code)
        path.write_bytes(whole)
    assert {1, 2} <= set(codes)
    assert "WRONG: " in capsys.readouterr().err
