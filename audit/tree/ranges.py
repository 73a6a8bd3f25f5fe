"""Proof of a contiguous range: nothing between two leaves was changed, and nothing was left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .frontier import Frontier
from .proofs import ProofInvalid, Subtree, span


@dataclass(frozen=True, slots=True)
class RangeProof:
    """What surrounds leaves [first, end) in the tree of `size`: whole subtrees to the left and to the right."""

    first: int
    end: int
    size: int
    left: tuple[bytes, ...]
    right: tuple[bytes, ...]

    def root(self, leaves: Iterable[bytes]) -> bytes:
        """The root of the tree in which `leaves` (hashes) are that range. Raises ProofInvalid."""
        try:
            tree = Frontier(self.first, self.left)
            tree.extend(leaves)
            if tree.size != self.end:
                raise ProofInvalid(f"{tree.size - self.first} leaves are not the range {self.first} to {self.end - 1}")
            for (level, _), subtree in zip(span(self.end, self.size), self.right, strict=True):
                tree.push(subtree, level)
        except ProofInvalid:
            raise
        except ValueError as error:
            raise ProofInvalid(str(error)) from error
        return tree.root()


def range_proof(first: int, end: int, size: int, subtree: Subtree) -> RangeProof:
    """For leaves [first, end) of the tree of `size`. Raises ValueError."""
    if not 0 <= first <= end <= size:
        raise ValueError(f"{first} to {end} is no range of {size} leaves")
    left = tuple(subtree(*part) for part in span(0, first))
    return RangeProof(first, end, size, left, tuple(subtree(*part) for part in span(end, size)))


def check_range(proof: RangeProof, leaves: Sequence[bytes], root: bytes) -> None:
    """Raises ProofInvalid unless `leaves` (hashes) are exactly that range of the tree with that root."""
    if proof.root(leaves) != root:
        raise ProofInvalid(f"leaves {proof.first} to {proof.end - 1} do not lead to the root of size {proof.size}")
