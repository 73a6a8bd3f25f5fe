"""The live log against its tree: records to tiles, tiles to roots, roots to what was signed."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings

from audit.actions.sign_checkpoint import OWN, key_file, outside_copy, trusted_keys
from audit.models import AuditEvent, SignedCheckpoint, TreeState, TreeTile
from audit.retention.explained import removals
from audit.stored_attrs import attrs_of
from audit.stored_leaves import stored_leaves
from audit.stored_tree import StoredTree
from audit.tree import tiles
from audit.tree.bundle_files import notes_in
from audit.tree.checkpoints import Checkpoint
from audit.tree.findings import Report, spoken
from audit.tree.leaves import leaf_hash
from audit.tree.nodes import folded
from audit.tree.notes import NoteInvalid, VerifierKey
from audit.tree.removed import Removed, Run, runs_of

CHUNK = 64 * tiles.WIDTH
MOST_GONE = 20
TILES_AT_ONCE = 500
Kept = list[tuple[str, bytes]]  # where signed notes were kept, and the notes

# Called with the number of leaves that were looked at.
Progress = Callable[[int], None]


def silent(_: int) -> None:
    """For who does not want to know how far it is."""


def verify_tree(report: Report, kept: Kept, progress: Progress = silent) -> int:
    """Recompute the tree from the records' bytes and compare it with all that is stored and all that was signed.

    The log may grow meanwhile: what was signed is read first and the tree's size after it, so all that was signed
    must be in it, and leaves below that size never change.

    Args:
        kept: checkpoints that were kept elsewhere; the copy beside the database is looked at besides.

    Returns:
        The number of leaves.

    Raises:
        DatabaseError, OSError.
    """
    alias = settings.AUDIT_DB_ALIAS
    kept = [*notes_of([outside_copy()] if outside_copy().exists() else []), *kept]
    newest = SignedCheckpoint.objects.using(alias).first()
    state = TreeState.objects.using(alias).filter(id=1).first() or TreeState()
    removed = _explained(alias, report)
    for first in range(0, state.size, CHUNK):
        _check_records(alias, first, min(state.size, first + CHUNK), removed, report)
        progress(min(state.size, first + CHUNK))
    _check_rows(alias, state.size, removed.prefix, report)
    stored = StoredTree(alias, removed.prefix)
    try:
        if state.size and state.edge().root() != stored.root(state.size):
            report.find("the frontier is not that of the tiles")
    except ValueError as error:
        report.find(f"the tree's root cannot be computed: {error}")
        return state.size
    _check_signed(alias, state, stored, newest, report)
    _check_none_is_gone(alias, state.size, report)
    _check_kept(alias, state, stored, kept, report)
    return state.size


def notes_of(files: list[Path]) -> Kept:
    """The checkpoints in files that hold one after the other. Raises OSError."""
    return [(path.name, note) for path in files for note in notes_in(path.read_bytes())]


def _explained(alias: str, report: Report) -> Removed:
    """What was removed after its retention, as far as the log says so; each removal is noted."""
    runs: list[Run] = []
    for one in removals(alias):
        if isinstance(one, str):
            report.find(one)
            continue
        runs += one.runs
        about = one.about
        report.note(
            f"{about.get('count'):,} events of class {about.get('class')} of {about.get('month')} were removed after "
            f"{about.get('days')} days: leaf {one.event.leaf_index} says so"
        )
    return Removed(runs)


def _check_records(alias: str, first: int, end: int, removed: Removed, report: Report) -> None:
    """Leaves [first, end), `first` at the beginning of a tile: each there, and its bytes those in the tile."""
    found: dict[int, bytes] = {}
    rows = 0
    for index, raw, stored in stored_leaves(alias, first, end):
        found[index] = leaf_hash(raw)
        rows += 1
        if found[index] != stored:
            report.find(f"leaf {index}: the record's bytes do not have the leaf's hash")
    report.events += rows
    if rows != len(found):
        report.find(f"leaves {first} to {end - 1}: {rows - len(found)} numbers occur twice")
    if missing := list(runs_of(index for index in range(first, end) if index not in found and index not in removed)):
        report.find(f"{spoken(missing)}: missing")
    _check_tiles(alias, found, first, end, report)


def _check_tiles(alias: str, found: dict[int, bytes], first: int, end: int, report: Report) -> None:
    numbers = range(first // tiles.WIDTH, (end - 1) // tiles.WIDTH + 1)
    rows = TreeTile.objects.using(alias).filter(pk__in=[TreeTile.key(0, n) for n in numbers])
    held = {row.name[1]: bytes(row.hashes) for row in rows}
    built = b"".join(held.get(n, b"") for n in numbers)
    if len(found) == end - first and built.startswith(b"".join(found.values())):
        return
    if wrong := list(runs_of(index for index, leaf in found.items() if _hash_at(held, index) != leaf)):
        report.find(f"{spoken(wrong)}: not the records that the tree was built from")


def _hash_at(held: dict[int, bytes], index: int) -> bytes:
    at = index % tiles.WIDTH * 32
    return held.get(index // tiles.WIDTH, b"")[at : at + 32]


def _check_rows(alias: str, size: int, pruned: int, report: Report) -> None:
    """Every tile is there, as long as it must be, and what it covers leads to its entry in the row above."""
    above: dict[tiles.Name, bytes] = {}
    for level, n, width, row in _tile_rows(alias, size):
        if row is None and level == 0 and (n + 1) * tiles.WIDTH <= pruned:
            continue  # went with the leaves that it covers; the row above still has its root
        hashes = bytes(row.hashes) if row is not None else b""
        if len(hashes) > width * 32 and _has_grown(alias, size):
            hashes = hashes[: width * 32]
        covered = f"leaves {n << (8 * (level + 1))} to {min(size, (n + 1) << (8 * (level + 1))) - 1}"
        if len(hashes) != width * 32:
            report.find(f"tile {level}/{n} ({covered}) is missing or has another length")
            continue
        for entry, expected in _expected(above, level, n):
            if hashes[entry * 32 : entry * 32 + 32] != expected:
                below = n * tiles.WIDTH + entry
                leaves = f"{below << (8 * level)} to {((below + 1) << (8 * level)) - 1}"
                report.find(f"tile {level}/{n}: its entry {entry} is not the root of leaves {leaves}")
        if width == tiles.WIDTH:
            above[level, n] = folded(tiles.hashes(hashes))


def _tile_rows(alias: str, size: int) -> Iterator[tuple[int, int, int, TreeTile | None]]:
    """Level, number and width of every tile that must be there, and its row: many at once, for each question costs."""
    names = iter(tiles.names(size))
    while batch := list(islice(names, TILES_AT_ONCE)):
        rows = TreeTile.objects.using(alias).in_bulk([TreeTile.key(level, n) for level, n, _ in batch])
        for level, n, width in batch:
            yield level, n, width, rows.get(TreeTile.key(level, n))


def _has_grown(alias: str, size: int) -> bool:
    return TreeState.objects.using(alias).filter(size__gt=size).exists()


def _expected(roots: dict[tiles.Name, bytes], level: int, n: int) -> Iterator[tuple[int, bytes]]:
    for entry in range(tiles.WIDTH):
        root = roots.pop((level - 1, n * tiles.WIDTH + entry), None)
        if root is not None:
            yield entry, root


def _check_signed(
    alias: str, state: TreeState, stored: StoredTree, newest: SignedCheckpoint | None, report: Report
) -> None:
    trusted, good = trusted_keys(alias, key_file().keys()), 0
    signed = SignedCheckpoint.objects.using(alias).filter(size__lte=newest.size if newest is not None else 0)
    for row in signed.order_by("size").iterator():
        checkpoint = _opened(row.note.encode(), trusted, f"the checkpoint of {row.size} leaves", report)
        if checkpoint is None:
            continue
        if (checkpoint.size, checkpoint.root) != (row.size, bytes(row.root)):
            report.find(f"the checkpoint of {row.size} leaves: its row does not say what was signed")
        good = _compared(checkpoint, state.size, stored, good, "", report)


def _check_none_is_gone(alias: str, size: int, report: Report) -> None:
    """The log itself says of each checkpoint that it was signed, in the transaction that stored it."""
    said = AuditEvent.objects.using(alias).filter(type=OWN, leaf_index__lt=size).order_by("leaf_index")
    kept = SignedCheckpoint.objects.using(alias).order_by("size").values_list("size", flat=True).iterator()
    there, gone = next(kept, None), []
    for raw in said.values_list("raw", flat=True).iterator():
        signed = _signed_size(bytes(raw))
        while there is not None and there < signed:
            there = next(kept, None)
        if signed and there != signed:
            gone.append(signed)
    if gone:
        some = ", ".join(map(str, gone[:MOST_GONE])) + (" and more" if len(gone) > MOST_GONE else "")
        report.find(f"{len(gone)} checkpoints that were signed are gone: those of {some} leaves")


def _signed_size(raw: bytes) -> int:
    """0 where the record does not say: then it was altered, and is found as a record."""
    size = attrs_of(raw).get("size")
    return size if isinstance(size, int) else 0


def _check_kept(alias: str, state: TreeState, stored: StoredTree, kept: Kept, report: Report) -> None:
    trusted = trusted_keys(alias, key_file().keys())
    for where, note in kept:
        checkpoint = _opened(note, trusted, f"a checkpoint in {where}", report)
        if checkpoint is not None:
            _compared(checkpoint, state.size, stored, 0, f" in {where}", report)


def _opened(note: bytes, trusted: list[VerifierKey], what: str, report: Report) -> Checkpoint | None:
    try:
        return Checkpoint.opened(note, trusted)
    except NoteInvalid as error:
        report.find(f"{what} is not one of ours: {error}")
        return None


def _compared(checkpoint: Checkpoint, size: int, stored: StoredTree, good: int, where: str, report: Report) -> int:
    """The largest size up to which the log is what was signed."""
    if checkpoint.size > size:
        report.find(f"{checkpoint.size} leaves were signed{where}, the log has {size}: it was rolled back")
    elif not _agrees(checkpoint, stored, where, report):
        report.find(
            f"the checkpoint of {checkpoint.size} leaves{where}: leaves {good} to {checkpoint.size - 1} changed"
        )
    else:
        return checkpoint.size
    return good


def _agrees(checkpoint: Checkpoint, stored: StoredTree, where: str, report: Report) -> bool:
    """Whether the log begins as the checkpoint says; what ends among removed leaves cannot be compared any more."""
    try:
        return stored.root(checkpoint.size) == checkpoint.root
    except tiles.TileMissing:
        if checkpoint.size > stored.pruned_below:
            raise
        report.note(f"the checkpoint of {checkpoint.size} leaves{where} ends among removed events: not compared")
        return True
