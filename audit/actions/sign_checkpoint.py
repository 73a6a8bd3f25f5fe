"""Sign what the log is: never anything that an earlier checkpoint contradicts (AUDIT 3.7, I3, T16)."""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.errors import ForkDetected
from audit.ingest.store import Store
from audit.ingest.synthesized import synthesized
from audit.models import AuditEvent, LogKey, SignedCheckpoint, TreeState
from audit.signing_keys import KeyFile
from audit.stored_tree import StoredTree
from audit.tree.checkpoints import Checkpoint
from audit.tree.notes import NoteInvalid, SignerKey, VerifierKey
from audit.tree.proofs import ProofInvalid, check_consistency

OWN = "integrity.checkpoint.signed"


def sign_checkpoint() -> SignedCheckpoint | None:
    """Sign the log as it is, if it holds more than the last checkpoint; what was signed.

    Raises:
        ForkDetected: an earlier checkpoint, in the database or in the file beside it, is not the log's beginning.
        TileMissing, NoteInvalid, OSError, DatabaseError: the tree or the key cannot be read. Nothing was signed.
    """
    try:
        return _sign()
    except ForkDetected as error:
        _record_fork(str(error))
        raise


def key_file() -> KeyFile:
    """The log's signing keys."""
    return KeyFile(settings.AUDIT_KEY_FILE, settings.AUDIT_ORIGIN)


def outside_copy() -> Path:
    """The newest checkpoint once more, where a restored or altered database does not reach."""
    return Path(settings.AUDIT_CHECKPOINT_FILE)


def _sign() -> SignedCheckpoint | None:
    store, files = Store(), key_file()
    with transaction.atomic(using=store.alias):
        tree = store.locked_tree()
        keys = files.keys()
        last = SignedCheckpoint.objects.using(store.alias).first()
        if not _is_due(store.alias, tree, last, rotating=len(keys) > 1):
            if last is not None and not _is_outside(last):
                # Killed before it was copied; or the database is an older one, and the copy is what shows it.
                _check_history(store.alias, tree, last, keys)
                _copy_outside(last)
            return None
        _check_history(store.alias, tree, last, keys)
        _introduce(store, keys)
        tree.refresh_from_db()
        signed = _signed(store.alias, tree, keys)
        attrs = {"size": signed.size, "root": bytes(signed.root).hex(), "keys": [str(key.verifier) for key in keys]}
        store.add([synthesized(OWN, "success", attrs)])
    _copy_outside(signed)
    files.end_rotation()  # only now: killed before, the next checkpoint is signed by both again
    return signed


def _is_due(alias: str, tree: TreeState, last: SignedCheckpoint | None, *, rotating: bool) -> bool:
    if last is None or tree.size < last.size:
        return tree.size > 0 or last is not None
    since = AuditEvent.objects.using(alias).filter(leaf_index__gte=last.size).exclude(type=OWN)
    return rotating or since.exists()


def _check_history(alias: str, tree: TreeState, last: SignedCheckpoint | None, keys: list[SignerKey]) -> None:
    stored = StoredTree(alias)
    root = stored.root(tree.size)
    if tree.edge().root() != root:
        raise ForkDetected("the tree's frontier and its tiles lead to different roots")
    notes = [] if last is None else [last.note]
    if outside_copy().exists():
        notes.append(outside_copy().read_text(encoding="utf-8"))
    trusted = trusted_keys(alias, keys)
    for note in notes:
        try:
            earlier = Checkpoint.opened(note.encode(), trusted)
            if earlier.size > tree.size:
                raise ForkDetected(
                    f"the log was rolled back: it has fewer than the {earlier.size} leaves that were signed"
                )
            path = stored.consistency(earlier.size, tree.size)
            check_consistency(earlier.size, tree.size, earlier.root, root, path)
        except (NoteInvalid, ProofInvalid) as error:
            raise ForkDetected(f"an earlier checkpoint does not agree with the log: {error}") from error


def trusted_keys(alias: str, keys: list[SignerKey]) -> list[VerifierKey]:
    """Keys of this log: those in the key file, and earlier ones that signed one checkpoint together with such a one."""
    trusted = [key.verifier for key in keys]
    rows = LogKey.objects.using(alias).order_by("-first_used_at")
    for row in rows:
        candidate = VerifierKey.parsed(row.vkey)
        if candidate not in trusted and _vouched(alias, candidate, trusted):
            trusted.append(candidate)
    return trusted


def _vouched(alias: str, candidate: VerifierKey, trusted: list[VerifierKey]) -> bool:
    marked = SignedCheckpoint.objects.using(alias).filter(note__regex="\n\u2014 [^\n]+\n\u2014 ")
    for checkpoint in marked.order_by("size"):
        note = checkpoint.note.encode()
        try:
            Checkpoint.opened(note, [candidate])
            Checkpoint.opened(note, trusted)
        except NoteInvalid:
            continue
        return True
    return False


def _introduce(store: Store, keys: list[SignerKey]) -> None:
    now = timezone.now()
    for key in keys:
        vkey = str(key.verifier)
        _, created = LogKey.objects.using(store.alias).get_or_create(vkey=vkey, defaults={"first_used_at": now})
        if created:
            what = "integrity.key.rotated" if len(keys) > 1 else "integrity.key.created"
            store.add([synthesized(what, "success", {"vkey": vkey})])
    current = str(keys[-1].verifier)
    LogKey.objects.using(store.alias).filter(retired_at=None).exclude(vkey=current).update(retired_at=now)


def _signed(alias: str, tree: TreeState, keys: list[SignerKey]) -> SignedCheckpoint:
    checkpoint = Checkpoint(keys[-1].name, tree.size, tree.edge().root())
    return SignedCheckpoint.objects.using(alias).create(
        size=checkpoint.size, root=checkpoint.root, note=checkpoint.note(keys), signed_at=timezone.now()
    )


def _is_outside(signed: SignedCheckpoint) -> bool:
    path = outside_copy()
    return path.exists() and path.read_text(encoding="utf-8") == signed.note


def _copy_outside(signed: SignedCheckpoint) -> None:
    path = outside_copy()
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(signed.note, encoding="utf-8")
    draft.replace(path)


def _record_fork(reason: str) -> None:
    store = Store()
    with transaction.atomic(using=store.alias):
        store.locked_tree()
        known = AuditEvent.objects.using(store.alias).filter(type="integrity.fork_detected").order_by("-id").first()
        if known is None or known.attrs.get("reason") != reason:
            store.add([synthesized("integrity.fork_detected", "failure", {"reason": reason})])
