import socket
import threading
import time
from collections.abc import Iterator

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from accounts.egress import EgressPolicy, EgressRefused
from accounts.egress.capped import AnswerTooLarge
from accounts.egress.session import guarded_session


def allowing(server: HTTPServer) -> EgressPolicy:
    return EgressPolicy([f"127.0.0.1:{server.port}", f"localhost:{server.port}"])


@pytest.fixture
def mute() -> Iterator[int]:
    """A listener that accepts and never says a word; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_it_calls_what_is_allowed_by_name_with_the_name_as_host(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/models").respond_with_handler(lambda request: Response(request.headers["Host"]))
    with guarded_session(allowing(httpserver)) as session:
        answer = session.get(f"http://localhost:{httpserver.port}/models")
    assert answer.text == f"localhost:{httpserver.port}"


def test_it_does_not_reach_what_is_not_allowed(httpserver: HTTPServer) -> None:
    spellings = [
        "127.0.0.1",
        "localhost",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
    ]
    with guarded_session(EgressPolicy([])) as session:
        for host in spellings:
            with pytest.raises((EgressRefused, requests.RequestException)):
                session.get(f"http://{host}:{httpserver.port}/")
    assert httpserver.log == []


def test_an_odd_spelling_of_loopback_is_stopped_at_the_connect(httpserver: HTTPServer) -> None:
    # The port is allowed for another network, so only the check of the resolved address is left to refuse.
    with guarded_session(EgressPolicy([f"10.0.0.0/8:{httpserver.port}"])) as session:
        for host in ["localhost", "127.1", "0x7f.1", "2130706433", "0"]:
            with pytest.raises(EgressRefused):
                session.get(f"http://{host}:{httpserver.port}/")
    assert httpserver.log == []


def test_a_refusal_is_also_a_requests_exception() -> None:
    with guarded_session(EgressPolicy([])) as session, pytest.raises(requests.RequestException) as refusal:
        session.get("https://10.1.2.3/")
    assert "10.1.2.3" not in str(refusal.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/from").respond_with_data(
        "", status=status, headers={"Location": httpserver.url_for("/to")}
    )
    with guarded_session(allowing(httpserver)) as session:
        answer = session.get(httpserver.url_for("/from").replace("localhost", "127.0.0.1"))
    assert answer.status_code == status
    assert [request.path for request, _ in httpserver.log] == ["/from"]


def test_an_endless_answer_is_cut(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data(b"x" * 5000)
    with guarded_session(allowing(httpserver), answer_limit=1000) as session, pytest.raises(AnswerTooLarge):
        session.get(f"http://127.0.0.1:{httpserver.port}/")


def test_proxies_of_the_environment_are_ignored(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    httpserver.expect_request("/").respond_with_data("direct")
    with guarded_session(allowing(httpserver)) as session:
        assert session.get(f"http://127.0.0.1:{httpserver.port}/").text == "direct"


def test_cookies_are_not_kept(httpserver: HTTPServer) -> None:
    seen: list[str | None] = []

    def handler(request: Request) -> Response:
        seen.append(request.headers.get("Cookie"))
        return Response("", headers={"Set-Cookie": "a=b"})

    httpserver.expect_request("/").respond_with_handler(handler)
    with guarded_session(allowing(httpserver)) as session:
        session.get(f"http://127.0.0.1:{httpserver.port}/")
        session.get(f"http://127.0.0.1:{httpserver.port}/")
    assert seen == [None, None]


def test_a_mute_server_does_not_hold_us(mute: int) -> None:
    started = time.monotonic()
    with guarded_session(EgressPolicy([f"127.0.0.1:{mute}"])) as session, pytest.raises(requests.Timeout):
        session.get(f"http://127.0.0.1:{mute}/", timeout=(1, 0.1))
    assert time.monotonic() - started < 5


def test_verification_cannot_be_switched_off(mute: int) -> None:
    with (
        guarded_session(EgressPolicy([f"127.0.0.1:{mute}"])) as session,
        pytest.raises(ValueError, match="certificates"),
    ):
        session.get(f"https://127.0.0.1:{mute}/", verify=False)


def test_it_never_runs_without_a_timeout(mute: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.egress.session.TIMEOUTS", (1, 0.1))
    failures: list[Exception] = []

    def call() -> None:
        with guarded_session(EgressPolicy([f"127.0.0.1:{mute}"])) as session:
            try:
                session.get(f"http://127.0.0.1:{mute}/")
            except requests.Timeout as error:
                failures.append(error)

    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    caller.join(5)
    assert len(failures) == 1
