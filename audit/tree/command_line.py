"""`gatehouse-audit`: checks evidence without Gatehouse, network or database.

Exit code 0: everything holds. 1: it does not, and what does not is named. 2: it could not be checked.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .bundle_archive import unpacked
from .bundle_check import check_bundle
from .bundle_directory import BundleUnreadable
from .bundle_files import Bundle
from .leaves import leaf_hash
from .notes import NoteInvalid, VerifierKey
from .policy_rules import BadPolicy
from .policy_trial import NotTried, tried
from .proof_text import InclusionProof
from .proofs import ProofInvalid


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "policy":
            return _policy(options)
        trusted = _keys(options.key)
        return _proof(options, trusted) if options.command == "proof" else _verify(options, trusted)
    except (BadPolicy, BundleUnreadable, MemoryError, NoteInvalid, NotTried, OSError, UnicodeDecodeError) as error:
        print(f"could not be checked: {printable(str(error) or type(error).__name__)}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gatehouse-audit", description="Checks evidence of a Gatehouse audit log.")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="an evidence bundle")
    verify.add_argument("bundle", type=Path, help="a folder, or the .zip of one")
    verify.add_argument("--since", type=Path, action="append", default=[], help="a checkpoint that you kept earlier")
    verify.add_argument("--anchor", type=Path, action="append", default=[], help="a file of checkpoints kept elsewhere")
    proof = commands.add_parser("proof", help="one record against its .tlog-proof")
    proof.add_argument("proof", type=Path)
    proof.add_argument("record", type=Path, help="the record's exact bytes; one line feed at the end is left out")
    policy = commands.add_parser("policy", help="what policies of recording say of a record")
    policy.add_argument("detail", choices=("test",))
    policy.add_argument("record", type=Path, help="a record as JSON")
    policy.add_argument(
        "--policy", type=Path, action="append", required=True,
        help="as the management API gives it; once of the organisation, once of the whole installation",
    )  # fmt: skip
    for command in (verify, proof):
        command.add_argument("--key", action="append", required=True, help="a vkey, or a file of them; may be repeated")
    return parser


def _keys(given: Sequence[str]) -> list[VerifierKey]:
    found: list[VerifierKey] = []
    for text in given:
        lines = [text] if text.count("+") >= 2 else Path(text).read_text(encoding="utf-8").splitlines()
        found += [VerifierKey.parsed(line) for line in lines if line.strip() and not line.startswith("#")]
    return found


def _verify(options: argparse.Namespace, trusted: Sequence[VerifierKey]) -> int:
    earlier = [path.read_bytes() for path in (*options.since, *options.anchor)]
    with unpacked(options.bundle) as directory:
        report = check_bundle(Bundle(directory), trusted, earlier)
    for note in report.notes:
        print(printable(note))
    for finding in report.findings:
        print(f"WRONG: {printable(finding)}", file=sys.stderr)
    wrong = len(report.findings) + report.more
    print(f"{report.events} records checked: {'everything holds' if report.holds else f'{wrong} findings'}")
    return 0 if report.holds else 1


def _proof(options: argparse.Namespace, trusted: Sequence[VerifierKey]) -> int:
    proof = InclusionProof.parsed(options.proof.read_text(encoding="utf-8"))
    record = options.record.read_bytes().removesuffix(b"\n")
    try:
        checkpoint = proof.check(leaf_hash(record), trusted)
    except (NoteInvalid, ProofInvalid) as error:
        print(f"WRONG: {printable(str(error))}", file=sys.stderr)
        return 1
    print(f"the record is leaf {proof.index} of {checkpoint.origin}, which had {checkpoint.size} when it was signed")
    return 0


def _policy(options: argparse.Namespace) -> int:
    for line in list(tried(options.record, options.policy)):
        print(printable(line))
    return 0


def printable(text: str) -> str:
    """Without what could move a terminal's cursor."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


if __name__ == "__main__":
    sys.exit(main())
