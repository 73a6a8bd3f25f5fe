"""The tree grows with the log: tiles and frontier, in the transaction that stores the records."""

from collections.abc import Sequence

from audit.models import TreeState, TreeTile
from audit.tree import tiles


def grow(alias: str, tree: TreeState, leaves: Sequence[bytes]) -> None:
    """Append leaf hashes to `tree`, whose row the caller holds locked.

    Raises:
        TileMissing, ValueError: the stored tree was tampered with; nothing is appended to it.
    """
    edge = tree.edge()
    grown = _edge_tiles(alias, tree.size)
    changed = tiles.grow(grown, tree.size, leaves)
    edge.extend(leaves)
    TreeTile.objects.using(alias).bulk_create(
        [TreeTile(id=TreeTile.key(*name), hashes=grown[name]) for name in sorted(changed)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["hashes"],
    )
    tree.size, tree.frontier = edge.size, edge.packed()
    tree.save(using=alias)


def _edge_tiles(alias: str, size: int) -> dict[tiles.Name, bytes]:
    names = tiles.edge(size)
    rows = TreeTile.objects.using(alias).filter(pk__in=[TreeTile.key(*name) for name in names])
    found = {row.name: bytes(row.hashes) for row in rows}
    for level, n in names:
        if len(found.get((level, n), b"")) // 32 != (size >> (tiles.HEIGHT * level)) % tiles.WIDTH:
            raise tiles.TileMissing(f"tile {level}/{n} is not as long as {size} leaves make it")
    return found
