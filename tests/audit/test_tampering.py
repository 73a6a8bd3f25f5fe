"""Whoever holds the database and changes it is found, and where is named (T7)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import F

from audit.actions.sign_checkpoint import sign_checkpoint
from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent, SignedCheckpoint, TreeState, TreeTile
from audit.tree import tiles
from audit.tree.checkpoints import Checkpoint
from audit.tree.frontier import Frontier
from audit.tree.leaves import leaf_hash
from audit.tree.notes import SignerKey
from audit.verification import verify

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


@pytest.fixture(autouse=True)
def log(tmp_path: Path, settings: Any) -> None:
    """Two checkpoints: of 101 leaves, and of 702."""
    settings.AUDIT_KEY_FILE = tmp_path / "key"
    settings.AUDIT_CHECKPOINT_FILE = tmp_path / "checkpoint"
    for count in (100, 600):
        for _ in range(count):
            record("proxy.request.rejected", outcome="denied")
        AuditConfig.current().close()
        Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
        sign_checkpoint()
    assert verify().holds


def findings() -> str:
    report = verify()
    assert not report.holds
    return "\n".join(report.findings)


def event(index: int) -> Any:
    return AuditEvent.objects.filter(leaf_index=index)


def flipped() -> None:
    raw = bytes(event(300).get().raw).replace(b"denied", b"passed")
    event(300).update(raw=raw, leaf_hash=leaf_hash(raw), outcome="passed")


def deleted() -> None:
    event(300).delete()


def swapped() -> None:
    event(300).update(leaf_index=-1)
    event(301).update(leaf_index=300)
    event(-1).update(leaf_index=301)


def inserted() -> None:
    row = event(299).get()
    AuditEvent.objects.filter(leaf_index__gte=300).order_by("-leaf_index").update(leaf_index=F("leaf_index") + 5000)
    AuditEvent.objects.filter(leaf_index__gte=5000).update(leaf_index=F("leaf_index") - 4999)
    row.pk, row.leaf_index = "01938c5e-0000-7000-8000-000000000009", 300
    row.save(force_insert=True)


@pytest.mark.parametrize("change", [flipped, deleted, swapped, inserted])
def test_a_changed_log_is_found_and_the_leaves_are_named(change: Callable[[], None]) -> None:
    change()
    assert " 300" in findings()


def test_a_rewritten_tree_is_found_by_what_was_signed() -> None:
    """The attacker has the database, not the key: rows, hashes, tiles and frontier agree with each other."""
    flipped()
    leaves = [leaf_hash(bytes(raw)) for raw in AuditEvent.objects.order_by("leaf_index").values_list("raw", flat=True)]
    grown: dict[tiles.Name, bytes] = {}
    tiles.grow(grown, 0, leaves)
    tree = Frontier()
    tree.extend(leaves)
    for name, hashes in grown.items():
        TreeTile.objects.filter(pk=TreeTile.key(*name)).update(hashes=hashes)
    TreeState.objects.update(frontier=tree.packed())
    assert "leaves 101 to " in findings()
    SignedCheckpoint.objects.filter(size__gt=101).delete()
    assert "in checkpoint: leaves 0 to " in findings()


@pytest.mark.parametrize("name", [(0, 1), (1, 0)])
def test_a_changed_tile_is_found(name: tiles.Name) -> None:
    tile = TreeTile.objects.get(pk=TreeTile.key(*name))
    TreeTile.objects.filter(pk=tile.pk).update(hashes=bytes(32) + bytes(tile.hashes)[32:])
    assert "leaves 0 to 255" in findings() if name[0] else "256" in findings()
    TreeTile.objects.filter(pk=tile.pk).delete()
    assert f"tile {name[0]}/{name[1]}" in findings()


def test_a_forged_checkpoint_is_found() -> None:
    last = SignedCheckpoint.objects.order_by("size").first()
    assert last is not None
    forged = Checkpoint(settings.AUDIT_ORIGIN, 50, bytes(32)).note([SignerKey(settings.AUDIT_ORIGIN, bytes(32))])
    SignedCheckpoint.objects.create(size=50, root=bytes(32), note=forged, signed_at=last.signed_at)
    assert "the checkpoint of 50 leaves is not one of ours" in findings()


def test_checkpoints_that_vanished_are_found_and_named() -> None:
    SignedCheckpoint.objects.filter(size__gt=101).delete()
    (size,) = SignedCheckpoint.objects.values_list("size", flat=True)
    assert "1 checkpoints that were signed are gone: those of 702 leaves" in findings()
    SignedCheckpoint.objects.all().delete()
    assert f"2 checkpoints that were signed are gone: those of {size}, 702 leaves" in findings()


def test_a_database_that_was_rolled_back_is_found(tmp_path: Path) -> None:
    anchor = tmp_path / "anchor"
    anchor.write_text("".join(row.note for row in SignedCheckpoint.objects.all()))
    for model in (AuditEvent, TreeState, TreeTile, SignedCheckpoint):
        model._default_manager.all().delete()
    assert "rolled back" in findings()
    settings.AUDIT_CHECKPOINT_FILE.unlink()
    assert verify().holds  # nothing left to compare with: that is what anchors are for
    assert any("rolled back" in finding for finding in verify([anchor]).findings)
