"""Signed notes, keys and a whole published log (golang.org/x/mod, C2SP, transparency-dev/tessera)."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from audit.tree import ed25519, tiles
from audit.tree.checkpoints import Checkpoint
from audit.tree.frontier import Frontier
from audit.tree.leaves import leaf_hash
from audit.tree.nodes import EMPTY_ROOT, node_hash
from audit.tree.notes import NoteInvalid, SignerKey, VerifierKey, opened, signed
from audit.tree.proof_text import InclusionProof
from audit.tree.proofs import ProofInvalid, check_consistency, consistency_path, inclusion_path

VECTORS = Path(__file__).parents[2] / "vectors"
NOTES: dict[str, Any] = json.loads((VECTORS / "signed-note" / "note_vectors.json").read_text())
LOG = VECTORS / "tessera-log" / "testdata" / "log"
LOG_KEY = VerifierKey.parsed("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
PETER = SignerKey.parsed(NOTES["keys"]["PeterNeumann"]["skey_public_test_only"])
PARTS = {"nl": b"\n", "0x01": b"\x01", "0xff": b"\xff", "Unexpected line.\\n": b"Unexpected line.\n"}
PARTS |= {name: NOTES[name].encode() for name in ("text", "sig_peter", "sig_enoch")}
PARTS["sig_peter-no-newline"] = PARTS["sig_peter"].rstrip(b"\n")


def message(case: dict[str, Any]) -> bytes:
    if "repeat" in case:
        return PARTS["text"] + b"\n" + PARTS["sig_peter"] * 101
    if "corrupt" in case:
        line = NOTES["sig_peter"]
        return PARTS["text"] + b"\n" + f"{line[:60]}ABCD{line[60:]}".encode()
    return b"".join(PARTS[part] for part in case["msg"])


def keys(names: list[str]) -> list[VerifierKey]:
    return [VerifierKey.parsed(NOTES["keys"][name]["vkey"]) for name in names]


@pytest.fixture(params=["native", "plain"])
def _either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        monkeypatch.setattr(ed25519, "verify", ed25519.plain_verify)


@pytest.mark.usefixtures("_either")
@pytest.mark.parametrize("case", NOTES["cases"][1:], ids=lambda case: case["name"])
def test_the_published_notes(case: dict[str, Any]) -> None:
    if case["kind"] == "open_err":
        with pytest.raises(NoteInvalid):
            opened(message(case), keys(case["trust"]))
        return
    text, verified = opened(message(case), keys(case["trust"]))
    assert (text, [key.name for key in verified]) == (NOTES["text"], case["verified"])


@pytest.mark.usefixtures("_either")
def test_the_example_of_the_specification() -> None:
    example = NOTES["c2sp_example"]
    assert opened(example["note"].encode(), [VerifierKey.parsed(example["vkey"])])[0] == "This is an example message.\n"


def test_a_note_is_signed_byte_for_byte_as_published() -> None:
    assert signed(NOTES["text"], [PETER]) == NOTES["text"] + "\n" + NOTES["sig_peter"]
    assert str(PETER.verifier) == NOTES["keys"]["PeterNeumann"]["vkey"]
    assert PETER.text() == NOTES["keys"]["PeterNeumann"]["skey_public_test_only"]
    assert PETER.text() not in repr(PETER)


@pytest.mark.parametrize("bad", [*(key["vkey"] for key in NOTES["bad_vkeys"]), "", "a+b", "a b+00000000+AQ=="])
def test_a_bad_key_is_refused(bad: str) -> None:
    with pytest.raises(NoteInvalid):
        VerifierKey.parsed(bad)
    with pytest.raises(NoteInvalid):
        SignerKey.parsed(bad)


def test_the_published_hashes() -> None:
    hashes = NOTES["rfc6962_hashes"]
    assert EMPTY_ROOT.hex() == hashes["empty_root"]
    assert leaf_hash(b"").hex() == hashes["empty_leaf"]
    assert leaf_hash(b"L123456").hex() == hashes["leaf_L123456"]
    assert node_hash(b"N123", b"N456").hex() == hashes["node_N123_N456"]
    assert leaf_hash(NOTES["tlog_record_hash"]["record"].encode()) == b64decode(
        NOTES["tlog_record_hash"]["leaf_hash_b64"]
    )


@pytest.mark.parametrize(
    ("n", "path"),
    [(0, "tile/0/000"), (999, "tile/0/999"), (1000, "tile/0/x001/000"), (1234067, "tile/0/x001/x234/067")],
)
def test_a_tile_lies_where_the_specification_says(n: int, path: str) -> None:
    assert tiles.path(0, n) == path
    assert tiles.path(0, n, 5) == f"{path}.p/5"


def entries(width: int) -> list[bytes]:
    data, found = (LOG / tiles.entries_path(0, width)).read_bytes(), []
    while data:
        size = int.from_bytes(data[:2])
        found.append(data[2 : 2 + size])
        data = data[2 + size :]
    return found


def published(size: int) -> Checkpoint:
    return Checkpoint.opened((LOG / f"checkpoint.{size}").read_bytes(), [LOG_KEY])


@pytest.mark.usefixtures("_either")
@pytest.mark.parametrize("size", range(1, 16))
def test_a_published_log_is_what_its_checkpoints_and_tiles_say(size: int) -> None:
    leaves, grown, tree = [leaf_hash(entry) for entry in entries(size)], dict[tiles.Name, bytes](), Frontier()
    tree.extend(leaves)
    tiles.grow(grown, 0, leaves)
    assert published(size) == Checkpoint("example.com/log/testdata", size, tree.root())
    assert grown[0, 0] == (LOG / tiles.path(0, 0, size)).read_bytes()
    subtree = tiles.subtrees(lambda level, n: grown[level, n])
    for old in range(1, size):
        path = consistency_path(old, size, subtree)
        check_consistency(old, size, published(old).root, published(size).root, path)


def test_a_proof_file_says_what_its_parts_say() -> None:
    leaves, grown = [leaf_hash(entry) for entry in entries(15)], dict[tiles.Name, bytes]()
    tiles.grow(grown, 0, leaves)
    path = inclusion_path(6, 15, tiles.subtrees(lambda level, n: grown[level, n]))
    proof = InclusionProof(6, tuple(path), (LOG / "checkpoint.15").read_text())
    assert InclusionProof.parsed(proof.text()) == proof
    assert InclusionProof.parsed(proof.text().replace("\n", "\nextra AAAA\n", 1)) == proof
    assert proof.check(leaves[6], [LOG_KEY]).size == 15
    with pytest.raises(ProofInvalid):
        proof.check(leaves[5], [LOG_KEY])
    with pytest.raises(NoteInvalid):
        proof.check(leaves[6], [PETER.verifier])


@pytest.mark.parametrize(
    "text", ["", "c2sp.org/tlog-proof@v1\nindex 01\n\nx", "c2sp.org/tlog-proof@v1\nindex 1\nAA==\n\nx"]
)
def test_a_bad_proof_file_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        InclusionProof.parsed(text)


def test_a_key_of_another_name_cannot_sign_for_a_log() -> None:
    note = Checkpoint("example.com/log", 1, bytes(32)).note([PETER])
    with pytest.raises(NoteInvalid, match=r"example\.com/log"):
        Checkpoint.opened(note.encode(), [PETER.verifier])
