"""`gatehouse-audit policy test`: what policies in files say of a record in a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from audit.tree.command_line import main

RECORD = {
    "type": "proxy.request.completed", "actor": {"type": "api_key"}, "organisation_id": "acme", "team_id": "research",
    "key_prefix": "gh_1", "model_requested": "small",
}  # fmt: skip
OWN = {"organisation_id": "acme", "rules": [{"team": "research", "level": "request"}], "largest_kib": 64}
SHARED = {"rules": [{"level": "none"}], "fail_modes": {"proxy": "open"}}


@pytest.fixture
def given(tmp_path: Path) -> Any:
    """Writes a file."""

    def written(name: str, content: Any) -> str:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return written


def test_the_organisations_own_rules_come_first(given: Any, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--policy", given("shared.json", SHARED), "--policy", given("own.json", OWN)]
    assert main(["policy", "test", given("record.json", RECORD), *files]) == 0
    told = capsys.readouterr().out
    assert "level: request, by own.json, at most 64 KiB of a body" in told
    assert "if it cannot be recorded: it goes on and is counted" in told
    assert main(["policy", "test", given("record.json", {**RECORD, "team_id": "sales"}), *files]) == 0
    assert "level: none, by shared.json" in capsys.readouterr().out


def test_of_a_strangers_call_a_policy_says_nothing(given: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = given("record.json", {**RECORD, "organisation_id": "other"})
    assert main(["policy", "test", stranger, "--policy", given("own.json", OWN)]) == 0
    told = capsys.readouterr().out
    assert "level: metadata, by the default" in told and "refused" in told


@pytest.mark.parametrize("record", ["", "[]", "{}", "[" * 60_000, '{"type": 1, "actor": {}}', " " * 70_000, "\ud800"])
def test_what_is_no_record_is_named(given: Any, capsys: pytest.CaptureFixture[str], record: str) -> None:
    path = Path(given("record.json", ""))
    path.write_bytes(record.encode("utf-8", "surrogatepass"))
    assert main(["policy", "test", str(path), "--policy", given("own.json", OWN)]) == 2
    assert "could not be checked: record.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    "policy",
    [
        {}, [], {"rules": {}}, {"rules": [{"level": "all"}]}, {"rules": [{"level": "none", "colour": "red"}]},
        {"rules": [], "fail_modes": {"mail": "open"}}, {"rules": [], "largest_kib": 10**9}, {"rules": [{"level": []}]},
    ],
)  # fmt: skip
def test_what_is_no_policy_is_named(given: Any, capsys: pytest.CaptureFixture[str], policy: Any) -> None:
    assert main(["policy", "test", given("record.json", RECORD), "--policy", given("own.json", policy)]) == 2
    assert "could not be checked: " in capsys.readouterr().err


def test_two_policies_of_one_organisation_are_refused(given: Any, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--policy", given("a.json", OWN), "--policy", given("b.json", OWN)]
    assert main(["policy", "test", given("record.json", RECORD), *files]) == 2
    assert "b.json" in capsys.readouterr().err
    assert main(["policy", "test", given("record.json", RECORD), "--policy", "nowhere.json"]) == 2


def test_a_terminal_is_not_moved_by_what_a_file_says(given: Any, capsys: pytest.CaptureFixture[str]) -> None:
    policy = given("own.json", {"rules": [{"level": "none", "\x1b[2J": "red"}]})
    assert main(["policy", "test", given("record.json", RECORD), "--policy", policy]) == 2
    assert "\x1b" not in capsys.readouterr().err
