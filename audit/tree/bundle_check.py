"""The check of an evidence bundle: from its records' bytes to a signature by a key that the auditor already had."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest

from . import tiles
from .beside import beside
from .bundle_files import Bundle, notes_in
from .checkpoints import Checkpoint
from .findings import Report, spoken
from .leaves import leaf_hash
from .nodes import HASH_SIZE
from .notes import NoteInvalid, VerifierKey
from .proofs import ProofInvalid, check_consistency, check_inclusion, consistency_path
from .removal_check import explained
from .removed import Removed, runs_of


def check_bundle(bundle: Bundle, trusted: Sequence[VerifierKey], earlier: Sequence[bytes] = ()) -> Report:
    """Everything that the bundle claims, and that each of `earlier` (files of checkpoints) is its log's beginning.

    Raises:
        BundleUnreadable: it cannot be read as a bundle.
    """
    report, tree = Report(), Report()
    try:
        checkpoint = Checkpoint.opened(bundle.checkpoint, trusted)
    except NoteInvalid as error:
        report.find(f"checkpoint: {error}")
        return report
    removed = explained(bundle, checkpoint, report)
    with beside(bundle, removed) as others:
        if bundle.contiguous:
            _check_range(bundle, checkpoint, removed, tree)
        else:
            _check_selection(bundle, checkpoint, tree)
        for name in others.altered():
            report.find(f"{name}: not the file that the manifest describes")
        report.add(tree)
        report.add(others.records())
    _check_claims(bundle, checkpoint, report)
    for note in [note for data in earlier for note in notes_in(data)]:
        _check_earlier(bundle, checkpoint, note, trusted, removed, report)
    return report


def _check_claims(bundle: Bundle, checkpoint: Checkpoint, report: Report) -> None:
    """What the manifest says of records and log. Who asked and why, it only says."""
    log = {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
    for name, value in {"count": report.events, **log}.items():
        if (said := bundle.manifest.get(name)) != value:
            report.find(f"the manifest says of {name}: {str(said)[:100]}; it is {value}")


def _check_range(bundle: Bundle, checkpoint: Checkpoint, removed: Removed, report: Report) -> None:
    proof = bundle.range()
    if proof.size != checkpoint.size:
        report.find(f"the proof is for {proof.size} leaves, the checkpoint for {checkpoint.size}")
        return
    if not proof.first <= proof.end <= proof.size:
        report.find(f"{proof.first} to {proof.end} is no range of the log's {proof.size} leaves")
        return
    try:
        if proof.root(bundle.leaves(removed)) != checkpoint.root:
            raise ProofInvalid(f"leaves {proof.first} to {proof.end - 1} do not lead to the signed root")
    except ProofInvalid as error:
        report.find(f"{error}; {_located(bundle, proof.first, proof.end, removed)}")
    else:
        apart = ", apart from what was removed" if removed.within(proof.first, proof.end) else ""
        report.note(f"leaves {proof.first} to {proof.end - 1}: complete{apart}, none changed, none left out")


def _located(bundle: Bundle, first: int, end: int, removed: Removed) -> str:
    """Which leaves are not those of the bundle's tiles."""
    tile = lru_cache(16)(bundle.tile)

    def is_wrong(index: int, leaf: bytes) -> bool:
        at = index % tiles.WIDTH * HASH_SIZE
        return tile(0, index // tiles.WIDTH)[at : at + HASH_SIZE] != leaf

    leaves = zip_longest(range(first, end), bundle.leaves(removed))
    numbered = ((first + place, leaf) for place, (_, leaf) in enumerate(leaves))
    wrong = list(runs_of(index for index, leaf in numbered if leaf is None or is_wrong(index, leaf)))
    return f"not as in the tiles: {spoken(wrong)}" if wrong else "the tiles were changed with them, or the proof was"


def _check_selection(bundle: Bundle, checkpoint: Checkpoint, report: Report) -> None:
    report.note("a selection: each record is in the log unchanged; that none was left out is not shown")
    inclusions = bundle.inclusions()
    number = 0
    for number, line in enumerate(bundle.lines(), 1):
        index, path = next(inclusions, (-1, ()))
        try:
            check_inclusion(leaf_hash(line), index, checkpoint.size, path, checkpoint.root)
        except ProofInvalid as error:
            report.find(f"record {number}: {error}")
    if next(inclusions, None) is not None:
        report.find(f"after record {number}: there are more proofs than records")


def _check_earlier(
    bundle: Bundle,
    checkpoint: Checkpoint,
    note: bytes,
    trusted: Sequence[VerifierKey],
    removed: Removed,
    report: Report,
) -> None:
    try:
        old = Checkpoint.opened(note, trusted)
        if 0 < old.size < removed.prefix and not bundle.tile(0, (old.size - 1) // tiles.WIDTH):
            report.note(f"the log of {old.size} leaves, signed earlier, ends among removed records: not compared")
            return
        if old.origin != checkpoint.origin:
            raise ProofInvalid(f"it is of another log: {old.origin}")
        if old.size > checkpoint.size:
            raise ProofInvalid(f"it has {old.size} leaves, the bundle's log only {checkpoint.size}: it was rolled back")
        if old.size:
            path = consistency_path(old.size, checkpoint.size, tiles.subtrees(lru_cache(256)(bundle.tile)))
            check_consistency(old.size, checkpoint.size, old.root, checkpoint.root, path)
    except (NoteInvalid, ProofInvalid, tiles.TileMissing) as error:
        report.find(f"earlier checkpoint: {error}")
    else:
        report.note(f"the log of {old.size} leaves, signed earlier, is the beginning of this one")
