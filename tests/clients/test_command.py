"""The `gatehouse` command against the control plane itself: what a person types, and what stays on the disk."""

import io
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from gatehouse.commands.command_line import main
from pytest_django.live_server_helper import LiveServer

from accounts.actions import add_client_keys, create_service_account, end_sessions
from accounts.models import ApiKey, RefreshFamily
from accounts.second_factor import enrolled
from tests.accounts.second_factor.conftest import Phone
from tests.gateway_world import PASSWORD, World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("token")`: the exit code, what programs read, what people read. `typed` are the lines of standard input."""
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))

    def ran(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return ran


@pytest.fixture
def here(world: World, live_server: LiveServer, settings: Any) -> str:
    """The address of a gateway that knows itself by it."""
    settings.GATEHOUSE_PUBLIC_URL = live_server.url
    settings.GATEHOUSE_STALE_SECONDS = 600
    return str(live_server.url)


def files(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.rglob("*.json"))


def test_a_person_signs_in_and_has_a_token_until_logging_out(run: Run, here: str, tmp_path: Path) -> None:
    assert run("login", "--url", f"{here}/v1/", "--user", "bob", typed=f"{PASSWORD}\n")[0] == 0
    code, token, _ = run("token")
    assert code == 0 and token.count(".") == 2 and token.count("\n") == 1
    assert run("token")[1] == token
    said = run("whoami")[1]
    assert "bob" in said and "usr:" in said and here in said
    assert PASSWORD not in files(tmp_path)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.rglob("*") if path.is_file())
    assert run("logout")[0] == 0
    assert RefreshFamily.objects.get().revoked_because == "signed_out"
    code, out, err = run("token")
    assert (code, out) == (3, "") and "gatehouse login" in err
    assert "gthr_" not in files(tmp_path)


def test_the_session_renews_itself_and_says_so_when_it_was_ended(run: Run, here: str, world: World) -> None:
    run("login", "--url", here, "--user", "bob", typed=f"{PASSWORD}\n")
    first = run("token")[1]
    with time_machine.travel(RefreshFamily.objects.get().created_at.timestamp() + 310, tick=True):
        assert run("token", "--valid-for", "0")[1] == first
        second = run("token")[1]  # for a tool that asks again in five minutes
        assert second != first and RefreshFamily.objects.count() == 1
    end_sessions.execute(world.bob)
    with time_machine.travel(RefreshFamily.objects.get().created_at.timestamp() + 1200, tick=True):
        code, out, err = run("token")
    assert (code, out) == (3, "") and "Sign in again" in err


def test_a_second_factor_is_asked_for(run: Run, here: str, world: World) -> None:
    from allauth.mfa.totp.internal.auth import generate_totp_secret

    phone = Phone(generate_totp_secret())
    enrolled.add_app(world.bob, phone.secret)
    typed = f"{PASSWORD}\n{phone.wrong()}\n{phone.code()}\n"
    code, _, err = run("login", "--url", here, "--user", "bob", typed=typed)
    assert code == 0 and "did not work" in err
    assert run("login", "--url", here, "--user", "bob", typed=f"{PASSWORD}\n{phone.code()}\n\n")[0] == 1  # used


def test_keys_are_made_listed_rotated_and_revoked_after_confirming(run: Run, here: str, tmp_path: Path) -> None:
    run("login", "--url", here, "--user", "bob", typed=f"{PASSWORD}\n")
    code, key, err = run("keys", "create", "editor", "--model", "demo", "--days", "7", typed=f"{PASSWORD}\n")
    assert code == 0 and key.startswith("gth_live_") and "this once" in err
    assert ApiKey.objects.get(name="editor").models_allowed == ["demo"]
    listed = run("keys", "list")[1]
    assert "editor" in listed and "active" in listed and len(listed.splitlines()) == 1
    rotated = run("keys", "rotate", "editor", "--overlap", "0")[1]
    assert rotated.startswith("gth_live_") and rotated != key
    assert run("keys", "revoke", key[:17])[0] == 0 and ApiKey.objects.get(name="editor").state == "revoked"
    assert run("keys", "list")[1] == "" and "revoked" in run("keys", "list", "--all")[1]
    assert run("keys", "revoke", "editor2")[0] == 1
    assert key.strip() not in files(tmp_path)
    with time_machine.travel(RefreshFamily.objects.first().created_at.timestamp() + 700, tick=True):  # type: ignore[union-attr]
        code, _, err = run("keys", "list", typed="not the password\n")
    assert code == 1 and "confirm" in err


def test_an_api_key_is_read_from_standard_input_and_exchanged(run: Run, here: str, world: World) -> None:
    code, _, err = run("login", "--url", here, "--api-key", "--model", "demo", typed=f"{world.key}\n")
    assert code == 0, err
    assert run("token")[1].count(".") == 2
    assert run("keys", "list")[0] == 3  # keys are people's
    code, _, err = run("login", "--url", here, "--api-key", "--profile", "wrong", typed=f"{world.key}x\n")
    assert code == 1 and world.key not in err
    assert run("token", "--profile", "wrong")[0] == 3


def test_a_program_signs_in_with_its_secret(run: Run, here: str, world: World) -> None:
    made = create_service_account.execute(world.organisation, "robot")
    client_id = made.account.client_id
    assert run("login", "--url", here, "--client-id", client_id, typed=f"{made.client_secret}\n")[0] == 0
    assert "svc:" in run("whoami")[1]
    code, _, err = run("login", "--url", here, "--client-id", client_id, "--profile", "p2", typed="wrong\n")
    assert code == 1 and "gatehouse:" in err


@pytest.mark.processes
def test_a_program_signs_in_with_a_key_that_never_leaves(
    run: Run, here: str, world: World, tmp_path: Path, store: object
) -> None:
    made = create_service_account.execute(world.organisation, "robot")
    arguments = (
        "login",
        "--url",
        here,
        "--client-id",
        made.account.client_id,
        "--private-key",
        str(tmp_path / "k.pem"),
    )
    code, public, err = run(*arguments)
    assert code == 0 and "public part" in err and "d" not in json.loads(public)
    assert stat.S_IMODE((tmp_path / "k.pem").stat().st_mode) == 0o600
    add_client_keys.execute(made.account, public)
    assert run(*arguments)[0] == 0
    assert "svc:" in run("whoami")[1]


def test_no_option_takes_a_secret() -> None:
    for secret in ("--password", "--secret", "--otp", "--token", "--client-secret"):
        with pytest.raises(SystemExit) as ended:
            main(["login", "--url", "https://x.example", secret, "x"])
        assert ended.value.code == 2


def test_exit_codes_tell_what_to_do(run: Run) -> None:
    assert run("token")[0] == 3
    assert run("token", "--profile", "../x")[0] == 1
    assert run("login", "--url", "http://gateway.example", "--user", "x", typed="x\n")[0] == 1
    assert run("login", "--url", "http://127.0.0.1:9", "--user", "x", typed="x\n")[0] == 4
    assert run("login", "--user", "x", typed="x\n")[0] == 1
    assert run("login", "--url", "http://127.0.0.1:9", "--user", "x")[0] == 1  # nothing was typed
