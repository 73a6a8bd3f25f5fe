"""The description of the API is for people of this house."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_schema_refuses_the_stranger(client: Client) -> None:
    response = client.get("/api/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
    assert response.status_code == 401 and response["content-type"] == "application/problem+json"


def test_the_page_sends_the_stranger_to_log_in(client: Client) -> None:
    assert client.get("/api/docs/").headers["location"] == "/admin/login/?next=/api/docs/"


def test_staff_read_both(admin_client: Client) -> None:
    schema = admin_client.get("/api/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
    assert schema.status_code == 200 and "/api/token/" in schema.json()["paths"]
    assert not [path for path in schema.json()["paths"] if not path.startswith("/api/")]
    page = admin_client.get("/api/docs/")
    assert page.status_code == 200 and "https://" not in page.content.decode()
    assert b"SwaggerUIBundle" in admin_client.get("/api/docs/?script=").content


def test_the_description_is_complete_and_valid(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "openapi.yml"))
    described = (tmp_path / "openapi.yml").read_text()
    for name in ("organisations", "members", "api-keys", "signing-keys", "providers", "routes", "prices"):
        assert f"/api/v1/{name}" in described
    assert capsys.readouterr().err == ""
