"""A person gets a page, a program gets a problem, nobody gets a traceback."""

import logging

import pytest
from django.test import Client, RequestFactory

from config import error_pages


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/oauth/nothing", "/.well-known/x", "/administer"])
def test_a_program_gets_a_problem(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response["content-type"] == "application/problem+json"
    body = response.json()
    assert body["code"] == "not_found" and body["instance"] == path and body["request_id"] == response["x-request-id"]


def test_a_strange_path_is_no_fault(client: Client) -> None:
    assert client.get("/%00%0d%0aX-Injected:%201").status_code == 404


def test_a_strange_host_is_a_problem(client: Client) -> None:
    response = client.get("/livez/", headers={"host": "evil.example/?"})
    assert response.status_code in (400, 404) and response["content-type"] == "application/problem+json"


def test_a_person_without_a_session_is_sent_to_log_in(client: Client, db: None) -> None:
    assert client.get("/admin/nothing/").headers["location"].startswith("/admin/login/")


def test_a_person_gets_a_page(admin_client: Client) -> None:
    response = admin_client.get("/admin/nothing/")
    assert response.status_code == 404 and response["content-type"].startswith("text/html")
    assert (
        "There is nothing here" in response.content.decode() and response["x-request-id"] in response.content.decode()
    )


def test_a_form_from_elsewhere_is_refused_in_plain_words(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a", "password": "b"})
    assert response.status_code == 403 and "This form has expired" in response.content.decode()


@pytest.mark.parametrize(
    ("path", "kind"), [("/admin/x/", "text/html; charset=utf-8"), ("/api/x/", "application/problem+json")]
)
def test_the_last_resort_tells_nothing_but_the_number(path: str, kind: str) -> None:
    request = RequestFactory().get(path, headers={"x-request-id": "req-12345678"})
    try:
        raise ValueError("c4nary")
    except ValueError:
        response = error_pages.server_error(request)
    assert response.status_code == 500 and response["content-type"] == kind
    assert "req-12345678" in response.content.decode() and "c4nary" not in response.content.decode()


def test_the_bare_address_leads_to_the_admin(client: Client) -> None:
    assert client.get("/").headers["location"] == client.get("/admin").headers["location"] == "/admin/"


def test_the_policy_lets_scripts_be_evaluated_in_the_admin_only(client: Client, db: None) -> None:
    assert "'unsafe-eval'" in client.get("/admin/login/")["content-security-policy"]
    assert "'unsafe-eval'" not in client.get("/livez")["content-security-policy"]


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Django warns of each 404."""
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
