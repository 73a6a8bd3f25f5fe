"""Remove what is over its time: nothing that is held, nothing that no signature outside covers, nothing unsaid."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.actions.sign_checkpoint import sign_checkpoint
from audit.content.keys import log_alias
from audit.event_ids import moment_of
from audit.ingest.store import Store
from audit.ingest.synthesized import synthesized
from audit.models import AuditEvent, KeptContent, PurgedLeaves, SecretSighting, SubjectKey, TreeState, TreeTile
from audit.retention import shredding
from audit.retention.classes import CLASSES, CONTENT
from audit.retention.coverage import NotCovered, check_covered
from audit.retention.dropping import drop
from audit.retention.explained import removed_leaves
from audit.retention.holds import held_keys
from audit.retention.periods import Month, days_of, due_months
from audit.retention.plan import content_organisations, due, due_keys, of_class
from audit.review.filters import BadFilter
from audit.tree import tiles
from audit.tree.removed import digest, packed, root_of, runs_of

logger = structlog.get_logger(__name__)
CHUNK = 5000


@dataclass(slots=True)
class Outcome:
    """What a run did. `refused`: why something that is due stays for now."""

    events: int = 0
    keys: int = 0
    refused: list[str] = field(default_factory=list)


def run_retention() -> Outcome:
    """Everything that is due, oldest first; each month of a class is a transaction of its own.

    Raises:
        DatabaseError, OSError: what was removed until then is on record.
    """
    found = Outcome()
    shredding.finish()
    sign_checkpoint()
    try:
        _expire_content(found)
        for name in CLASSES:
            if name != CONTENT:
                _purge_class(name, found)
    except BadFilter as error:
        found.refused.append(f"a legal hold cannot be read, so nothing more is removed: {error}")
    for reason in found.refused:
        logger.warning("retention.refused", reason=reason)
    return found


def purge(month: Month, retention_class: str) -> int:
    """Remove a month of a class; how many events went.

    Raises:
        NotCovered: no signature outside covers them yet.
        BadFilter: a hold cannot be read.
    """
    store = Store()
    with transaction.atomic(using=store.alias):
        tree = store.locked_tree()
        rows, held = due(month, retention_class)
        rows = rows.exclude(pk__in=_still_readable(store.alias))
        numbers = rows.order_by("leaf_index")
        runs = list(runs_of(numbers.values_list("leaf_index", flat=True).iterator(chunk_size=CHUNK)))
        if not runs:
            return 0
        covered = check_covered(store.alias, runs[-1][1])
        hashes = numbers.values_list("leaf_hash", flat=True).iterator(chunk_size=CHUNK)
        attrs = {
            "class": retention_class, "month": month.text, "days": days_of(retention_class), "first": runs[0][0],
            "end": runs[-1][1], "count": sum(end - first for first, end in runs),
            "root": root_of(bytes(leaf) for leaf in hashes).hex(), "removed": digest(runs), "covered_by": covered,
            "holds": held is not None,
        }  # fmt: skip
        leaf = synthesized("retention.purged", "success", attrs)
        _forget_content(store.alias, rows)
        gone = drop(store.alias, rows, month.start)
        PurgedLeaves.objects.using(store.alias).create(
            id=UUID(leaf[0]["id"]), retention_class=retention_class, first=runs[0][0], end=runs[-1][1],
            count=gone, runs=packed(runs), at=timezone.now(),
        )  # fmt: skip
        store.add([leaf])
        _prune_tiles(store.alias, tree)
    return gone


def _purge_class(name: str, found: Outcome) -> None:
    first = of_class(name).order_by("id").values_list("id", flat=True).first()
    if first is None:
        return
    for month in due_months(moment_of(first), days_of(name)):
        try:
            found.events += purge(month, name)
        except NotCovered as error:
            found.refused.append(f"{CLASSES[name].title} of {month.text}: {error}")
            return


def _expire_content(found: Outcome) -> None:
    kept_back = held_keys(log_alias())
    for organisation in content_organisations():
        days = days_of(CONTENT, organisation)
        by_month: dict[str, list[SubjectKey]] = {}
        for key in due_keys(organisation):
            if key.pk not in kept_back:
                by_month.setdefault(key.month, []).append(key)
        for month, keys in sorted(by_month.items()):
            attrs = {"class": CONTENT, "month": month, "days": days}
            found.keys += shredding.shred(keys, "retention", "retention.purged", attrs, organisation_id=organisation)


def _still_readable(alias: str) -> Any:
    """What says that a body was kept stays as long as the body."""
    kept = KeptContent.objects.using(alias).filter(original__key__shredded_at=None)
    return kept.values("pk")


def _forget_content(alias: str, rows: QuerySet[AuditEvent]) -> None:
    gone = rows.filter(type="data.content.kept").values("pk")
    SecretSighting.objects.using(alias).filter(content_id__in=gone).delete()
    KeptContent.objects.using(alias).filter(pk__in=gone).delete()


def _prune_tiles(alias: str, tree: TreeState) -> None:
    """Tiles of the lowest row go where all that they cover went, from the first leaf on (tlog-tiles, pruning)."""
    tree.refresh_from_db(using=alias)
    prefix = removed_leaves(alias).prefix
    whole, before = prefix // tiles.WIDTH, tree.pruned_below // tiles.WIDTH
    if whole > before:
        TreeTile.objects.using(alias).filter(pk__gte=TreeTile.key(0, before), pk__lt=TreeTile.key(0, whole)).delete()
    if prefix > tree.pruned_below:
        tree.pruned_below = prefix
        tree.save(using=alias, update_fields=["pruned_below"])
