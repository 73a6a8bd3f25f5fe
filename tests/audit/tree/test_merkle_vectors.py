"""Inclusion and consistency proofs against the published vectors (transparency-dev/merkle)."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from audit.tree.proofs import ProofInvalid, check_consistency, check_inclusion

VECTORS = Path(__file__).parents[2] / "vectors" / "transparency-dev-merkle" / "testdata"


def cases(kind: str) -> list[Path]:
    return sorted((VECTORS / kind).rglob("*.json"))


def checked(path: Path) -> bool:
    case = json.loads(path.read_text())
    proof = [b64decode(part) for part in case["proof"] or []]
    try:
        if "leafIdx" in case:
            leaf, root = b64decode(case["leafHash"] or ""), b64decode(case["root"] or "")
            check_inclusion(leaf, case["leafIdx"], case["treeSize"], proof, root)
        else:
            roots = b64decode(case["root1"] or ""), b64decode(case["root2"] or "")
            check_consistency(case["size1"], case["size2"], *roots, proof)
    except ProofInvalid:
        return False
    return True


@pytest.mark.parametrize("path", [*cases("inclusion"), *cases("consistency")], ids=lambda path: f"{path.parent}"[-24:])
def test_the_published_cases(path: Path) -> None:
    assert checked(path) is not json.loads(path.read_text()).get("wantErr", False)


def test_the_vectors_are_all_there() -> None:
    assert len(cases("inclusion")) + len(cases("consistency")) == 196
