"""What a bundle says was removed after its retention: believed only as far as the log itself says so."""

import json
from typing import Any

from .bundle_files import Bundle, Removal
from .checkpoints import Checkpoint
from .findings import Report
from .leaves import leaf_hash
from .proofs import ProofInvalid, check_inclusion
from .removed import Removed, Run, digest

TYPE = "retention.purged"


def explained(bundle: Bundle, checkpoint: Checkpoint, report: Report) -> Removed:
    """The leaves whose absence a record in the log explains; each removal is noted, a false one is a finding."""
    runs: list[Run] = []
    for removal in bundle.removals():
        try:
            about = _vouched(removal, checkpoint)
        except ProofInvalid as error:
            report.find(f"what is said to have been removed: {error}")
            continue
        runs += removal.runs
        report.note(
            f"{about.get('count')} records of class {about.get('class')} of {about.get('month')} were removed after "
            f"{about.get('days')} days: leaf {removal.leaf} says so"
        )
    return Removed(runs)


def _vouched(removal: Removal, checkpoint: Checkpoint) -> dict[str, Any]:
    """What the record says. Raises ProofInvalid."""
    check_inclusion(leaf_hash(removal.record), removal.leaf, checkpoint.size, removal.path, checkpoint.root)
    try:
        record = json.loads(removal.record)
        kind, about = record["type"], record["attrs"]
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        raise ProofInvalid(f"leaf {removal.leaf} is no record of a removal") from error
    if kind != TYPE or not isinstance(about, dict) or about.get("removed") != digest(removal.runs):
        raise ProofInvalid(f"leaf {removal.leaf} does not hold the hash of this list of leaves")
    return about
