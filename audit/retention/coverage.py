"""Whether what is to go is under a signature, and that signature lies outside: only then may it go (AUDIT 4)."""

from audit.actions.sign_checkpoint import outside_copy
from audit.models import Anchor, Destination, SignedCheckpoint
from audit.tree.checkpoints import Checkpoint
from audit.tree.notes import NoteInvalid


class NotCovered(Exception):
    """What was to go is not under a checkpoint that lies outside the database yet; the text says what is missing."""


def check_covered(alias: str, end: int) -> str:
    """Leaves below `end` are under a checkpoint outside; where it lies. Raises NotCovered."""
    if not SignedCheckpoint.objects.using(alias).filter(size__gte=end).exists():
        raise NotCovered(f"no checkpoint of {end} or more leaves was signed yet")
    destinations = Destination.objects.filter(takes=Destination.Takes.CHECKPOINTS, enabled=True)
    if destinations.exists():
        anchor = Anchor.objects.filter(size__gte=end).select_related("destination").order_by("size").first()
        if anchor is None:
            raise NotCovered(f"no destination has a checkpoint of {end} or more leaves yet")
        return f"the checkpoint of {anchor.size} leaves at {anchor.destination}"
    return _beside(end)


def _beside(end: int) -> str:
    """Where nobody set up a destination, the copy beside the database is all there is."""
    try:
        size = Checkpoint.parsed(outside_copy().read_text(encoding="utf-8")).size
    except (OSError, NoteInvalid, ValueError) as error:
        raise NotCovered("there is no destination for checkpoints, and no copy beside the database") from error
    if size < end:
        raise NotCovered(f"the copy beside the database is of {size} leaves, {end} are needed")
    return f"the checkpoint of {size} leaves in {outside_copy().name}; no destination outside is set up"
