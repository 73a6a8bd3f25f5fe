"""Trees of every small size: roots, proofs and ranges hold, and hold for nothing else."""

from collections.abc import Callable

import pytest

from audit.tree import tiles
from audit.tree.frontier import Frontier
from audit.tree.leaves import leaf_hash
from audit.tree.nodes import EMPTY_ROOT, folded, node_hash
from audit.tree.proofs import (
    ProofInvalid,
    check_consistency,
    check_inclusion,
    consistency_path,
    inclusion_path,
    range_root,
)
from audit.tree.ranges import check_range, range_proof

LEAVES = [leaf_hash(b"%d" % n) for n in range(70)]
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 16, 21, 33, 64, 70]


def subtree(level: int, index: int) -> bytes:
    return folded(LEAVES[index << level : (index + 1) << level])


def root(size: int) -> bytes:
    tree = Frontier()
    for leaf in LEAVES[:size]:
        tree.push(leaf)
    return tree.root()


def test_the_root_is_that_of_the_definition() -> None:
    def defined(leaves: list[bytes]) -> bytes:
        if len(leaves) < 2:
            return leaves[0] if leaves else EMPTY_ROOT
        half = 1 << ((len(leaves) - 1).bit_length() - 1)
        return node_hash(defined(leaves[:half]), defined(leaves[half:]))

    assert all(root(size) == defined(LEAVES[:size]) for size in range(71))
    assert all(root(size) == range_root(0, size, subtree) for size in range(1, 71))


def test_many_leaves_at_once_make_the_tree_that_single_ones_make() -> None:
    many = [leaf_hash(b"%d" % n) for n in range(3000)]
    single, whole = Frontier(), Frontier()
    for leaf in many:
        single.push(leaf)
    whole.extend(many[:5])
    whole.extend(many[5:])
    assert (whole.size, whole.hashes) == (single.size, single.hashes)
    assert Frontier.unpacked(whole.size, whole.packed()).root() == single.root()


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_has_its_proof_and_no_other(size: int) -> None:
    for index in range(size):
        path = inclusion_path(index, size, subtree)
        check_inclusion(LEAVES[index], index, size, path, root(size))
        with pytest.raises(ProofInvalid):
            check_inclusion(leaf_hash(b"other"), index, size, path, root(size))


@pytest.mark.parametrize("new", SIZES)
def test_every_tree_is_the_beginning_of_the_later_ones(new: int) -> None:
    for old in range(1, new + 1):
        path = consistency_path(old, new, subtree)
        check_consistency(old, new, root(old), root(new), path)
        with pytest.raises(ProofInvalid):
            check_consistency(old, new, leaf_hash(b"other"), root(new), path)


@pytest.mark.parametrize("size", SIZES)
def test_a_range_proves_that_nothing_in_it_is_missing(size: int) -> None:
    for first in range(size):
        for end in range(first + 1, size + 1):
            proof = range_proof(first, end, size, subtree)
            check_range(proof, LEAVES[first:end], root(size))
            with pytest.raises(ProofInvalid):
                check_range(proof, LEAVES[first : end - 1], root(size))
            if end - first > 1:
                with pytest.raises(ProofInvalid):
                    check_range(proof, LEAVES[first:end][::-1], root(size))


@pytest.mark.parametrize("wrong", [lambda: inclusion_path(3, 3, subtree), lambda: range_proof(2, 1, 5, subtree)])
def test_what_is_not_in_the_tree_has_no_proof(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        wrong()


def test_tiles_hold_the_whole_tree_however_it_grew() -> None:
    many, grown, size = [leaf_hash(b"%d" % n) for n in range(70_000)], dict[tiles.Name, bytes](), 0
    for step in (1, 254, 1, 2, 511, 65_000, 4_231):
        tiles.grow(grown, size, many[size : size + step])
        size += step
    tree = Frontier()
    tree.extend(many)
    assert range_root(0, size, tiles.subtrees(lambda level, n: grown[level, n])) == tree.root()
    assert {(level, n): width for level, n, width in tiles.names(size)} == {k: len(v) // 32 for k, v in grown.items()}
    assert set(tiles.edge(size)) <= set(grown)


def test_a_tile_that_is_too_short_is_named() -> None:
    with pytest.raises(tiles.TileMissing, match="0/0"):
        tiles.subtrees(lambda level, n: b"")(3, 1)
