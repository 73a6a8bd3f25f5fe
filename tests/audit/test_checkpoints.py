"""Checkpoints of the live log: signed when there is something new, never against an earlier one."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from audit.actions.rotate_log_key import rotate_log_key
from audit.actions.sign_checkpoint import key_file, sign_checkpoint, trusted_keys
from audit.apps import AuditConfig
from audit.errors import ForkDetected
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent, LogKey, SignedCheckpoint, TreeState, TreeTile
from audit.stored_tree import StoredTree
from audit.tree.checkpoints import Checkpoint
from audit.tree.frontier import Frontier
from audit.tree.leaves import leaf_hash

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
ALIAS = settings.AUDIT_DB_ALIAS


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_KEY_FILE = tmp_path / "key"
    settings.AUDIT_CHECKPOINT_FILE = tmp_path / "checkpoint"


def taken_in(count: int) -> None:
    for _ in range(count):
        record("proxy.request.rejected", outcome="denied")
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()


def recomputed() -> Frontier:
    tree = Frontier()
    tree.extend(
        leaf_hash(bytes(raw)) for raw in AuditEvent.objects.order_by("leaf_index").values_list("raw", flat=True)
    )
    return tree


def test_the_tree_grows_with_the_log_and_the_checkpoint_says_what_it_is() -> None:
    for count in (1, 255, 1, 300):
        taken_in(count)
        state = TreeState.objects.get()
        assert (state.size, state.edge().root()) == (recomputed().size, recomputed().root())
        assert StoredTree(ALIAS).root(state.size) == recomputed().root()
    signed = sign_checkpoint()
    assert signed is not None
    opened = Checkpoint.opened(signed.note.encode(), [key_file().keys()[0].verifier])
    assert (opened.origin, opened.size) == (settings.AUDIT_ORIGIN, 558)  # 557 records, and that of the key
    assert settings.AUDIT_CHECKPOINT_FILE.read_text() == signed.note
    assert AuditEvent.objects.filter(type="integrity.checkpoint.signed").count() == 1


def test_nothing_new_is_not_signed_again() -> None:
    assert sign_checkpoint() is None
    taken_in(1)
    assert sign_checkpoint() is not None
    assert sign_checkpoint() is None
    assert SignedCheckpoint.objects.count() == 1


def test_the_key_can_be_read_by_its_owner_alone() -> None:
    key_file().keys()
    assert stat.S_IMODE(settings.AUDIT_KEY_FILE.stat().st_mode) == 0o600
    assert key_file().keys() == key_file().keys()


def test_a_new_key_is_introduced_by_the_old_one() -> None:
    taken_in(1)
    sign_checkpoint()
    old = key_file().keys()[0].verifier
    new = rotate_log_key()
    (current,) = key_file().keys()
    assert current.verifier == new
    both = SignedCheckpoint.objects.first()
    assert both is not None
    assert Checkpoint.opened(both.note.encode(), [old]) == Checkpoint.opened(both.note.encode(), [new])
    taken_in(1)
    assert sign_checkpoint() is not None
    assert trusted_keys(ALIAS, key_file().keys()) == [new, old]
    assert LogKey.objects.get(vkey=str(old)).retired_at is not None


def test_a_key_that_only_the_database_knows_is_not_trusted() -> None:
    taken_in(1)
    sign_checkpoint()
    row = SignedCheckpoint.objects.get()
    settings.AUDIT_KEY_FILE.unlink()
    taken_in(1)
    with pytest.raises(ForkDetected):
        sign_checkpoint()
    assert SignedCheckpoint.objects.get() == row


def test_a_log_that_was_rolled_back_is_not_signed() -> None:
    taken_in(3)
    sign_checkpoint()
    for model in (AuditEvent, TreeState, TreeTile, SignedCheckpoint):
        model._default_manager.all().delete()
    taken_in(1)
    for _ in range(2):
        with pytest.raises(ForkDetected, match="rolled back"):
            sign_checkpoint()
    assert AuditEvent.objects.filter(type="integrity.fork_detected").count() == 1
    assert not SignedCheckpoint.objects.exists()


def test_a_log_that_was_rolled_back_to_a_quiet_moment_keeps_the_copy_that_shows_it() -> None:
    taken_in(5)
    sign_checkpoint()
    tiles, state = list(TreeTile.objects.all()), TreeState.objects.get()
    taken_in(5)
    later = sign_checkpoint()
    assert later is not None
    AuditEvent.objects.filter(leaf_index__gte=state.size).delete()
    SignedCheckpoint.objects.filter(size=later.size).delete()
    TreeTile.objects.all().delete()
    TreeTile.objects.bulk_create(tiles)
    state.save()
    with pytest.raises(ForkDetected, match="rolled back"):
        sign_checkpoint()  # though nothing is new since the checkpoint that the older database has
    assert settings.AUDIT_CHECKPOINT_FILE.read_text() == later.note
    assert AuditEvent.objects.filter(type="integrity.fork_detected").count() == 1


def test_a_signer_that_was_killed_before_it_copied_copies_later() -> None:
    taken_in(5)
    signed = sign_checkpoint()
    assert signed is not None
    settings.AUDIT_CHECKPOINT_FILE.unlink()
    assert sign_checkpoint() is None
    assert settings.AUDIT_CHECKPOINT_FILE.read_text() == signed.note


def test_a_log_that_was_rewritten_is_not_signed() -> None:
    taken_in(3)
    sign_checkpoint()
    for model in (AuditEvent, TreeState, TreeTile, SignedCheckpoint):
        model._default_manager.all().delete()
    taken_in(20)
    with pytest.raises(ForkDetected, match="does not agree"):
        sign_checkpoint()


def test_a_damaged_tree_takes_nothing_in_and_signs_nothing() -> None:
    taken_in(3)
    TreeTile.objects.all().update(hashes=b"")
    with pytest.raises(ValueError, match="0/0"):
        taken_in(1)
    with pytest.raises(ValueError, match="0/0"):
        sign_checkpoint()
