"""A password that leaked is refused, by a list that lies on this machine; without the list nothing changes."""

from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.breached_passwords import is_listed

LEAKED = [f"a long passphrase, number {n}" for n in range(200)]


def line(password: str, end: str = "\r\n") -> str:
    return sha1(password.encode(), usedforsecurity=False).hexdigest().upper() + f":{len(password)}{end}"


def written(path: Path, passwords: list[str], end: str = "\r\n") -> Path:
    path.write_text("".join(sorted(line(password, end) for password in passwords)), newline="")
    return path


def codes(password: str) -> list[str]:
    try:
        validate_password(password)
    except ValidationError as error:
        return [str(one.code) for one in error.error_list]
    return []


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 200])
def test_every_line_is_found_and_nothing_else(tmp_path: Path, count: int, end: str) -> None:
    path = written(tmp_path / "list", LEAKED[:count], end)
    assert [password for password in LEAKED if is_listed(path, password)] == LEAKED[:count]


def test_a_last_line_without_an_end_is_found(tmp_path: Path) -> None:
    path = written(tmp_path / "list", LEAKED)
    path.write_bytes(path.read_bytes().rstrip())
    assert all(is_listed(path, password) for password in LEAKED)


def test_a_password_that_leaked_is_refused(tmp_path: Path, settings: Any) -> None:
    settings.GATEHOUSE_BREACHED_PASSWORDS = written(tmp_path / "list", LEAKED)
    assert codes(LEAKED[7]) == ["password_breached"]
    assert codes("another long passphrase") == []


def test_without_a_list_nothing_is_looked_up() -> None:
    assert codes(LEAKED[7]) == []


def test_while_the_list_cannot_be_read_no_password_is_taken(tmp_path: Path, settings: Any) -> None:
    settings.GATEHOUSE_BREACHED_PASSWORDS = tmp_path / "gone"
    assert codes("another long passphrase") == ["password_unchecked"]
