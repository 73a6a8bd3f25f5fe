"""Why something is not in the log any more: as far as the log itself says so."""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.models import AuditEvent, PurgedLeaves
from audit.stored_attrs import attrs_of
from audit.tree.removed import ListDamaged, Removed, Run, digest, unpacked


@dataclass(frozen=True, slots=True)
class Explained:
    """One removal that the log vouches for."""

    event: AuditEvent
    runs: list[Run]
    about: dict[str, object]


def removals(alias: str) -> Iterator[Explained | str]:
    """Each removal with its list; a text where the list is not the one that the log holds the hash of."""
    rows = list(PurgedLeaves.objects.using(alias).order_by("at"))
    events = {
        event.pk: event
        for event in AuditEvent.objects.using(alias).filter(pk__in=[row.pk for row in rows], type="retention.purged")
    }
    for row in rows:
        event = events.get(row.pk)
        if event is None:
            yield f"the list of removed leaves {row.pk}: no event of the log says that they were removed"
            continue
        try:
            runs = unpacked(bytes(row.runs))
        except ListDamaged as error:
            yield f"the list of removed leaves {row.pk}: {error}"
            continue
        about = attrs_of(bytes(event.raw))
        if about.get("removed") != digest(runs):
            yield f"the list of removed leaves {row.pk} is not the one that leaf {event.leaf_index} holds the hash of"
            continue
        yield Explained(event, runs, about)


def removed_leaves(alias: str) -> Removed:
    """All leaves whose absence is explained."""
    return Removed(run for one in removals(alias) if isinstance(one, Explained) for run in one.runs)
