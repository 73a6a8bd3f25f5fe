"""Prove that one event is in the log."""

from django.conf import settings

from audit.actions.sign_checkpoint import sign_checkpoint
from audit.errors import NothingSigned
from audit.models import AuditEvent, SignedCheckpoint
from audit.stored_tree import StoredTree
from audit.tree.proof_text import InclusionProof


def prove_event(event: AuditEvent) -> InclusionProof:
    """The path from `event` to the newest checkpoint, which is signed first where it is too old.

    Raises:
        NothingSigned: no checkpoint holds it.
        ForkDetected, TileMissing, NoteInvalid, OSError, DatabaseError: see sign_checkpoint().
    """
    newest = SignedCheckpoint.objects.using(settings.AUDIT_DB_ALIAS).first()
    if newest is None or newest.size <= event.leaf_index:
        newest = sign_checkpoint()
    if newest is None or newest.size <= event.leaf_index:
        raise NothingSigned("no checkpoint holds this event yet")
    path = StoredTree(settings.AUDIT_DB_ALIAS).inclusion(event.leaf_index, newest.size)
    return InclusionProof(event.leaf_index, tuple(path), newest.note)
