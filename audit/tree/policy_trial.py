"""What policies of recording say of a record: how much of such a call would be kept. Nothing is looked up.

A policy is JSON as the management API gives it; whether it was approved, and since when it holds, is not asked.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .levels import NAMES
from .policy_rules import DEFAULT_KIB, KIB, OPEN, Version, decided, parsed_fail_modes, parsed_largest, parsed_rules

LARGEST_RECORD, LARGEST_POLICY = 64 * 1024, 1024 * 1024
OF_CALL = ("organisation_id", "team_id", "key_prefix", "model_requested")


class NotTried(ValueError):
    """A file holds no record or no policy; the text says which and why."""


def tried(record: Path, policies: Iterable[Path]) -> Iterator[str]:
    """In words. Raises NotTried, OSError, BadPolicy."""
    about = _record(record)
    call = (about["organisation_id"], about["team_id"], about["key_prefix"], about["model_requested"])
    versions = _versions(policies)
    found = decided(versions.get(call[0]) if call[0] else None, versions.get(""), call)
    kept = f", at most {found.largest // KIB} KiB of a body" if found.version else ""
    yield f"level: {NAMES[found.level]}, by {found.version or 'the default: no rule matches'}{kept}"
    yield f"if it cannot be recorded: {'it goes on and is counted' if found.fail_open else 'refused'}"


def _record(path: Path) -> dict[str, str]:
    record = _object(path, LARGEST_RECORD)
    if not isinstance(record.get("type"), str) or not isinstance(record.get("actor"), dict):
        raise NotTried(f"{path.name}: a record has a type and an actor")
    return {name: str(record.get(name) or "") for name in OF_CALL}


def _versions(paths: Iterable[Path]) -> dict[str, Version]:
    """By organisation; under the empty name that of the whole installation."""
    found: dict[str, Version] = {}
    for path in paths:
        policy = _object(path, LARGEST_POLICY)
        organisation = str(policy.get("organisation_id") or "")
        if organisation in found:
            raise NotTried(f"{path.name}: another policy is already of {organisation or 'the whole installation'}")
        found[organisation] = _version(path.name, policy)
    return found


def _version(name: str, policy: Mapping[str, Any]) -> Version:
    if "rules" not in policy:
        raise NotTried(f"{name}: a policy has rules")
    modes = parsed_fail_modes(policy.get("fail_modes", {}))
    opened = frozenset(kind for kind, mode in modes.items() if mode == OPEN)
    return Version(
        name, 0.0, parsed_rules(policy["rules"]), opened, parsed_largest(policy.get("largest_kib", DEFAULT_KIB)) * KIB
    )


def _object(path: Path, largest: int) -> dict[str, Any]:
    with path.open("rb") as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        raise NotTried(f"{path.name}: more than {largest // 1024} KiB")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotTried(f"{path.name}: no JSON") from error
    if not isinstance(found, dict):
        raise NotTried(f"{path.name}: no JSON object")
    return found
