"""An inclusion proof that carries its checkpoint (C2SP tlog-proof)."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from .checkpoints import Checkpoint, hash_of, is_decimal
from .notes import NoteInvalid, VerifierKey
from .proofs import check_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
LONGEST_PATH = 63


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Leaf number, path from the leaf up, and the signed checkpoint that it leads to."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    def text(self) -> str:
        """As a .tlog-proof file."""
        hashes = "".join(f"{b64encode(part).decode()}\n" for part in self.path)
        return f"{HEADER}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def parsed(cls, text: str) -> "InclusionProof":
        """From text(). Raises NoteInvalid."""
        head, blank, checkpoint = text.partition("\n\n")
        first, *lines = head.split("\n")
        if lines and lines[0].startswith("extra "):
            lines.pop(0)
        index = lines.pop(0).removeprefix("index ") if lines else ""
        if first != HEADER or not blank or not is_decimal(index) or len(lines) > LONGEST_PATH:
            raise NoteInvalid("not a tlog-proof")
        return cls(int(index), tuple(hash_of(line) for line in lines), checkpoint)

    def check(self, leaf: bytes, trusted: Sequence[VerifierKey]) -> Checkpoint:
        """The checkpoint that holds `leaf` (a hash). Raises NoteInvalid, ProofInvalid."""
        checkpoint = Checkpoint.opened(self.checkpoint.encode(), trusted)
        check_inclusion(leaf, self.index, checkpoint.size, self.path, checkpoint.root)
        return checkpoint
