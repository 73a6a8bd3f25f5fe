"""Inclusion and consistency proofs (RFC 6962 2.1): made from whole subtrees, checked from nothing but hashes."""

from collections.abc import Callable, Sequence

from .nodes import HASH_SIZE, node_hash

Subtree = Callable[[int, int], bytes]  # (level, index) -> root of the whole subtree over leaves [index << level, …)


class ProofInvalid(ValueError):
    """The proof does not show what it claims."""


def span(first: int, end: int) -> list[tuple[int, int]]:
    """The largest whole subtrees (level, index) that leaves [first, end) consist of, from left to right."""
    parts = []
    while first < end:
        level = min((first & -first).bit_length() - 1 if first else 63, (end - first).bit_length() - 1)
        parts.append((level, first >> level))
        first += 1 << level
    return parts


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, from the leaf up. Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _left_size(end - first)
        if index < middle:
            path.append(range_root(middle, end, subtree))
            end = middle
        else:
            path.append(range_root(first, middle, subtree))
            first = middle
    return path[::-1]


def consistency_path(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The proof that the tree of `old` leaves is the beginning of that of `new` (RFC 6962 2.1.2). Raises ValueError."""
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from {old} to {new}")
    path: list[bytes] = []
    first, end, known = 0, new, True
    while old != end:
        middle = first + _left_size(end - first)
        if old <= middle:
            path.append(range_root(middle, end, subtree))
            end = middle
        else:
            path.append(range_root(first, middle, subtree))
            first, known = middle, False
    if not known:
        path.append(range_root(first, end, subtree))
    return path[::-1]


def range_root(first: int, end: int, subtree: Subtree) -> bytes:
    """The root over leaves [first, end), as part of a tree in which they are one node."""
    parts = [subtree(level, index) for level, index in span(first, end)]
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that `path` leads to from `leaf` (RFC 9162 2.1.3.2). Raises ProofInvalid: it has the wrong length."""
    if not 0 <= index < size:
        raise ProofInvalid(f"leaf {index} is not in a tree of {size}")
    node, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ProofInvalid("the path is too long")
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofInvalid("the path is too short")
    return root


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raises ProofInvalid unless `leaf` is number `index` of the tree with that size and root."""
    if len(leaf) != HASH_SIZE:
        raise ProofInvalid(f"{len(leaf)} bytes are no leaf hash")
    if root_of_inclusion(leaf, index, size, path) != root:
        raise ProofInvalid(f"leaf {index} does not lead to the root of size {size}")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raises ProofInvalid unless the old tree is the beginning of the new one (RFC 9162 2.1.4.2)."""
    if not 0 < old <= new:
        raise ProofInvalid(f"size {old} is no beginning of size {new}")
    if old == new:
        if path or old_root != new_root:
            raise ProofInvalid(f"two roots for size {old}")
        return
    if not path:
        raise ProofInvalid("the proof is empty")
    found = _roots(old, new, old_root, path)
    if found != (old_root, new_root):
        raise ProofInvalid(f"size {old} is not the beginning of size {new}")


def _roots(old: int, new: int, old_root: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    hashes = list(path) if old & (old - 1) else [old_root, *path]
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first_root = second_root = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofInvalid("the proof is too long")
        if node & 1 or node == last:
            first_root, second_root = node_hash(sibling, first_root), node_hash(sibling, second_root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second_root = node_hash(second_root, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofInvalid("the proof is too short")
    return first_root, second_root


def _left_size(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
