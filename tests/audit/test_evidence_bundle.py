"""An export, checked as an auditor would: alone, with nothing but a key that was handed over before."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from audit.actions.export_bundle import export_bundle
from audit.actions.prove_event import prove_event
from audit.actions.rotate_log_key import rotate_log_key
from audit.actions.sign_checkpoint import key_file, sign_checkpoint
from audit.apps import AuditConfig
from audit.errors import NothingSigned
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent, SignedCheckpoint
from audit.tree import ed25519
from audit.tree.beside import beside
from audit.tree.bundle_files import Bundle
from audit.tree.checkpoints import Checkpoint
from audit.tree.command_line import main
from audit.tree.notes import SignerKey
from audit.tree.removed import Removed

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
ABOUT = {"requested_by": "auditor <b>", "reason": "yearly review"}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_KEY_FILE = tmp_path / "key"
    settings.AUDIT_CHECKPOINT_FILE = tmp_path / "checkpoint"


def taken_in(count: int, **columns: str) -> None:
    for n in range(count):
        record("proxy.request.rejected", outcome="denied", request_id=f"request-{n}", **columns)
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()


def vkey() -> str:
    return str(key_file().keys()[0].verifier)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    taken_in(300, organisation_id="org-1")
    export_bundle(tmp_path / "bundle", ABOUT)
    return tmp_path / "bundle"


def checked(bundle: Path, *more: str) -> int:
    return main(["verify", str(bundle), "--key", vkey(), *more])


def lines_changed(bundle: Path, change: Callable[[list[bytes]], None]) -> None:
    """Change events.jsonl and, as a forger would, the manifest's hash of it."""
    path = bundle / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    change(lines)
    path.write_bytes(b"".join(lines))
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"].pop("events.jsonl")
    (bundle / "manifest.json").write_text(json.dumps(manifest))


def test_an_export_holds(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(bundle) == 0
    said = capsys.readouterr().out
    assert "301 records checked: everything holds" in said
    assert "none left out" in said
    assert "&lt;b&gt;" in (bundle / "report.html").read_text()
    assert vkey() in (bundle / "keys.txt").read_text()
    assert "integrity" in (bundle / "schemas" / "record.v1.json").read_text()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    assert AuditEvent.objects.get(type="export.built").reason == "yearly review"


def test_it_holds_without_any_library(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ed25519, "native", None)
    assert main(["verify", str(bundle), "--key", (bundle / "keys.txt").read_text().strip()]) == 0


def flipped(lines: list[bytes]) -> None:
    lines[270] = lines[270].replace(b"denied", b"denjed")


def deleted(lines: list[bytes]) -> None:
    del lines[270]


def swapped(lines: list[bytes]) -> None:
    lines[270], lines[271] = lines[271], lines[270]


def inserted(lines: list[bytes]) -> None:
    lines.insert(270, lines[3])


@pytest.mark.parametrize("change", [flipped, deleted, swapped, inserted])
def test_a_change_is_found_and_named(
    bundle: Path, change: Callable[[list[bytes]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    lines_changed(bundle, change)
    assert checked(bundle) == 1
    assert " 270" in capsys.readouterr().err


def test_a_forged_checkpoint_is_found(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forger = SignerKey(settings.AUDIT_ORIGIN, bytes(32))
    real = Checkpoint.opened((bundle / "checkpoint").read_bytes(), [key_file().keys()[0].verifier])
    (bundle / "checkpoint").write_text(Checkpoint(real.origin, real.size, bytes(32)).note([forger]))
    assert checked(bundle) == 1
    assert "no trusted key" in capsys.readouterr().err
    assert main(["verify", str(bundle), "--key", str(forger.verifier)]) == 1


def test_an_earlier_checkpoint_is_the_beginning_of_a_later_export(tmp_path: Path) -> None:
    taken_in(3)
    first = sign_checkpoint()
    assert first is not None
    (tmp_path / "kept").write_text(first.note)
    taken_in(700)
    old = vkey()
    rotate_log_key()
    taken_in(5)
    export_bundle(tmp_path / "bundle", ABOUT)
    (tmp_path / "anchors").write_text("".join(row.note for row in SignedCheckpoint.objects.order_by("size")))
    earlier = ["--since", str(tmp_path / "kept"), "--anchor", str(tmp_path / "anchors")]
    assert checked(tmp_path / "bundle", "--key", old, *earlier) == 0
    assert checked(tmp_path / "bundle", *earlier) == 1  # the old key is not trusted


def test_a_log_that_was_rolled_back_is_found_by_who_kept_a_checkpoint(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept").write_text(Checkpoint(settings.AUDIT_ORIGIN, 5000, bytes(32)).note(key_file().keys()))
    assert checked(bundle, "--since", str(tmp_path / "kept")) == 1
    assert "rolled back" in capsys.readouterr().err
    (tmp_path / "kept").write_text(Checkpoint(settings.AUDIT_ORIGIN, 100, bytes(32)).note(key_file().keys()))
    assert checked(bundle, "--since", str(tmp_path / "kept")) == 1


def test_a_range_and_a_selection_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken_in(20, organisation_id="org-1")
    taken_in(20, organisation_id="org-2")
    export_bundle(tmp_path / "range", ABOUT, 7, 30)
    assert checked(tmp_path / "range") == 0
    manifest = export_bundle(tmp_path / "selection", ABOUT, organisation_id="org-2")
    assert manifest["count"] == 20
    capsys.readouterr()
    assert checked(tmp_path / "selection") == 0
    assert "is not shown" in capsys.readouterr().out
    lines_changed(tmp_path / "selection", lambda lines: lines.reverse())
    assert checked(tmp_path / "selection") == 1


def test_what_is_no_bundle_cannot_be_checked(bundle: Path, tmp_path: Path) -> None:
    assert checked(tmp_path / "nowhere") == 2
    assert main(["verify", str(bundle), "--key", "no+such+key"]) == 2
    (bundle / "proofs" / "range.json").write_text('{"first": -1}')
    assert checked(bundle) == 2
    (bundle / "manifest.json").write_text(
        '{"format": "gatehouse-evidence/1", "files": {"../key": ""}, "kind": "range"}'
    )
    assert checked(bundle) == 2


def test_what_a_bundle_makes_up_is_found_and_ends_no_check(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proof = bundle / "proofs" / "range.json"
    whole = json.loads(proof.read_text())
    proof.write_text(json.dumps({**whole, "end": 10**18}))
    assert checked(bundle) == 1
    assert f"0 to {10**18} is no range of the log's" in capsys.readouterr().err
    proof.write_text(json.dumps(whole))
    lines_changed(bundle, lambda lines: lines.append(b"[" * 100_000 + b"\n"))
    assert checked(bundle) == 1
    assert "not a record" in capsys.readouterr().err
    (bundle / "proofs" / "removed.jsonl").write_text("[" * 100_000)
    assert checked(bundle) == 2
    assert "malformed" in capsys.readouterr().err
    (bundle / "manifest.json").unlink()
    assert checked(bundle) == 2
    assert "manifest.json cannot be read" in capsys.readouterr().err


def test_what_cannot_be_exported_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingSigned):
        export_bundle(tmp_path / "bundle", ABOUT)
    taken_in(1)
    with pytest.raises(ValueError, match="no range"):
        export_bundle(tmp_path / "bundle", ABOUT, 5, 4)
    with pytest.raises(ValueError, match="raw"):
        export_bundle(tmp_path / "bundle", ABOUT, raw="x")
    with pytest.raises(FileExistsError):
        export_bundle(tmp_path, ABOUT)


def test_one_record_is_proved_by_itself(tmp_path: Path) -> None:
    taken_in(9)
    event = AuditEvent.objects.get(leaf_index=4)
    (tmp_path / "p.tlog-proof").write_text(prove_event(event).text())
    (tmp_path / "event.json").write_bytes(bytes(event.raw) + b"\n")
    command = ["proof", str(tmp_path / "p.tlog-proof"), str(tmp_path / "event.json"), "--key", vkey()]
    assert main(command) == 0
    (tmp_path / "event.json").write_bytes(bytes(event.raw).replace(b"denied", b"passed"))
    assert main(command) == 1


def test_the_commands_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="empty"):
        call_command("audit", "checkpoint")
    taken_in(3)
    call_command("audit", "checkpoint")
    assert capsys.readouterr().out.startswith(settings.AUDIT_ORIGIN)
    call_command("audit", "prove", str(AuditEvent.objects.get(leaf_index=1).pk))
    assert "index 1" in capsys.readouterr().out
    call_command("audit", "export", str(tmp_path / "bundle"), "--reason", "a look")
    assert checked(tmp_path / "bundle") == 0
    call_command("audit", "keys", "rotate")
    call_command("audit", "verify", "--tree-only")
    assert "everything holds" in capsys.readouterr().out


@pytest.mark.parametrize("part", [1, 7_000, 50_000])
def test_other_processes_find_in_the_records_what_this_one_finds(bundle: Path, part: int) -> None:
    lines_changed(bundle, lambda lines: lines.extend([lines[3], b"no record\n", lines[7], lines[7]]))
    found = []
    for bytes_a_part in (1 << 60, part):
        with beside(Bundle(bundle), Removed(), bytes_a_part) as others:
            found.append(others.records())
            assert others.altered() == []
    assert found[0] == found[1]
    assert found[0].events == 305
    assert [finding.partition(":")[0] for finding in found[0].findings][:4] == [
        "leaf 301", "leaf 302", "leaf 303", "leaf 304"
    ]  # fmt: skip
    assert any("occurs twice" in finding for finding in found[0].findings)
    assert any("not a record" in finding for finding in found[0].findings)


@pytest.mark.parametrize("most", [1, 100, 10_000, 1 << 30])
def test_the_parts_of_a_bundle_are_all_of_its_lines(bundle: Path, most: int) -> None:
    records = Bundle(bundle).records
    assert [line for span in records.spans(most) for line in records.lines(span)] == list(records.lines())
