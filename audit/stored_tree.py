"""The tree as the database holds it: hashes from tiles, proofs from those."""

from functools import lru_cache

from audit.models import TreeTile
from audit.tree import tiles
from audit.tree.nodes import EMPTY_ROOT
from audit.tree.proofs import Subtree, consistency_path, inclusion_path, range_root
from audit.tree.ranges import RangeProof, range_proof

CACHED_TILES = 4096


class StoredTree:
    """Reads each tile once. Every method raises TileMissing where the stored tree has a hole.

    Args:
        pruned_below: the first leaf that was not removed after its retention.
    """

    def __init__(self, alias: str, pruned_below: int = 0) -> None:
        self._alias = alias
        self.pruned_below = pruned_below
        self.tile = lru_cache(CACHED_TILES)(self._read)
        self.subtree: Subtree = tiles.subtrees(self.tile)

    def root(self, size: int) -> bytes:
        """The root of the first `size` leaves."""
        return range_root(0, size, self.subtree) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """See inclusion_path."""
        return inclusion_path(index, size, self.subtree)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """See consistency_path."""
        return consistency_path(old, new, self.subtree)

    def range(self, first: int, end: int, size: int) -> RangeProof:
        """See range_proof."""
        return range_proof(first, end, size, self.subtree)

    def _read(self, level: int, n: int) -> bytes:
        row = TreeTile.objects.using(self._alias).filter(pk=TreeTile.key(level, n)).first()
        if row is None:
            raise tiles.TileMissing(f"tile {level}/{n} is not in the database")
        return bytes(row.hashes)
