"""Evidence of a log of which parts were removed: it verifies alone, says what went, and a lie about it is found."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from audit.actions.export_bundle import export_bundle
from audit.actions.prove_event import prove_event
from audit.actions.sign_checkpoint import key_file, outside_copy, sign_checkpoint
from audit.models import AuditEvent
from audit.tree.command_line import main
from audit.tree.removed import digest
from tests.audit.review.conftest import House
from tests.audit.test_retention import LONG_AGO, NOW, files, happened, house, ran

__all__ = ["files", "house"]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
ABOUT = {"requested_by": "ann", "reason": "audit 2026"}


def checked(directory: Path, *more: str) -> int:
    return main(["verify", str(directory), "--key", str(key_file().keys()[0].verifier), *more])


@pytest.fixture
def bundle(house: House, tmp_path: Path) -> Path:
    """Of a log of 601 leaves and what followed: 300 removed from the beginning, some more in the middle."""
    happened(house, LONG_AGO, 300)
    happened(house, LONG_AGO, 1, "review.item.queued")
    happened(house, LONG_AGO, 150)
    happened(house, NOW, 150)
    sign_checkpoint()
    assert ran().events == 450
    export_bundle(tmp_path / "bundle", ABOUT)
    return tmp_path / "bundle"


def test_it_verifies_alone_and_says_what_went(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(bundle) == 0
    said = capsys.readouterr().out
    assert "450 records of class proxy of 2025-03 were removed after 396 days" in said
    assert "complete, apart from what was removed, none changed" in said
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert manifest["first"] == 300
    assert not (bundle / "tile/0/000").exists()


def test_a_record_left_out_and_one_changed_are_found(bundle: Path, tmp_path: Path) -> None:
    for name, change in {
        "short": lambda lines: lines[:5] + lines[6:],
        "changed": lambda lines: [lines[0].replace(b"Bob", b"Rob"), *lines[1:]],
    }.items():
        forged = tmp_path / name
        shutil.copytree(bundle, forged)
        lines = (forged / "events.jsonl").read_bytes().splitlines(keepends=True)
        (forged / "events.jsonl").write_bytes(b"".join(change(lines)))
        assert checked(forged) == 1


def test_a_lie_about_what_was_removed_is_found(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = tmp_path / "forged"
    shutil.copytree(bundle, forged)
    lines = (forged / "events.jsonl").read_bytes().splitlines(keepends=True)
    (forged / "events.jsonl").write_bytes(b"".join(lines[:-1]))
    removal = json.loads((forged / "proofs/removed.jsonl").read_text())
    proof = json.loads((forged / "proofs/range.json").read_text())
    removal["runs"].append([proof["end"] - 1, proof["end"]])
    (forged / "proofs/removed.jsonl").write_text(json.dumps(removal) + "\n")
    assert checked(forged) == 1
    assert "does not hold the hash of this list" in capsys.readouterr().err
    record = json.loads(removal["record"])
    record["attrs"]["removed"] = digest([(first, end) for first, end in removal["runs"]])
    removal["record"] = json.dumps(record)
    (forged / "proofs/removed.jsonl").write_text(json.dumps(removal) + "\n")
    assert checked(forged) == 1
    (forged / "proofs/removed.jsonl").write_text("{}\n")
    assert checked(forged) == 2


def test_an_earlier_checkpoint_is_compared_or_named(
    house: House, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(outside_copy(), tmp_path / "kept")
    assert checked(bundle, "--since", str(tmp_path / "kept")) == 0
    assert "is the beginning of this one" in capsys.readouterr().out


def test_what_is_left_can_still_be_proved(bundle: Path) -> None:
    for event in AuditEvent.objects.filter(type="review.item.queued"):
        assert "index 300" in prove_event(event).text()


def test_a_selection_verifies_too(house: House, bundle: Path, tmp_path: Path) -> None:
    export_bundle(tmp_path / "selection", ABOUT, type="review.item.queued")
    assert checked(tmp_path / "selection") == 0


def test_an_empty_range_is_named(house: House, tmp_path: Path, settings: Any) -> None:
    happened(house, NOW, 2)
    with pytest.raises(ValueError, match="no range"):
        export_bundle(tmp_path / "none", ABOUT, 5, 3)
