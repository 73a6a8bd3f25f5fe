"""Export records with their proofs, for somebody who will check them without us."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from audit import log
from audit.actions.sign_checkpoint import sign_checkpoint
from audit.errors import NothingSigned
from audit.evidence.bundle import BundleWriter
from audit.models import SignedCheckpoint

FILTERS = ("organisation_id", "team_id", "key_id", "actor_id", "request_id", "type", "category", "outcome")


def export_bundle(
    directory: Path, about: Mapping[str, str], first: int = 0, end: int | None = None, **chosen: str
) -> dict[str, Any]:
    """Write an evidence bundle into `directory`; its manifest. The export is on record.

    Args:
        about: requested_by and reason, as texts.
        first, end: the range of leaves; up to the last that was signed by default.
        chosen: columns of FILTERS and their values; without any, the range is complete.

    Raises:
        NothingSigned: the log is empty.
        ValueError: no such range, or no such column.
        ForkDetected, FileExistsError, OSError, TileMissing, DatabaseError.
    """
    if unknown := set(chosen) - set(FILTERS):
        raise ValueError(f"records cannot be chosen by {', '.join(sorted(unknown))}")
    sign_checkpoint()
    checkpoint = SignedCheckpoint.objects.using(settings.AUDIT_DB_ALIAS).first()
    if checkpoint is None:
        raise NothingSigned("the log is empty: there is nothing to export yet")
    last = checkpoint.size if end is None else end
    if not 0 <= first < last <= checkpoint.size:
        raise ValueError(f"{first} to {last} is no range of the {checkpoint.size} leaves that are signed")
    manifest = BundleWriter(directory, checkpoint).write(first, last, chosen, about)
    shown = {name: manifest[name] for name in ("kind", "first", "end", "filter", "count", "size", "root")}
    log.record("export.built", attrs={**shown, "requested_by": about["requested_by"]}, reason=about["reason"])
    return manifest
