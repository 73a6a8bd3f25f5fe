"""Checkpoints laid down outside: each kind arrives, failures are tried again, a rolled-back log is found and named."""

import socket
import ssl
import threading
from base64 import b64decode
from datetime import timedelta
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from audit.actions.lay_anchors import lay_anchors
from audit.actions.sign_checkpoint import key_file, sign_checkpoint
from audit.channels.timestamp import StampInvalid, check_token
from audit.channels.webhook import signature
from audit.models import Anchor, AuditEvent, Destination, RollUp, SignedCheckpoint, SpoolSegment, TreeState, TreeTile
from audit.tree.bundle_files import notes_in
from audit.tree.checkpoints import Checkpoint
from audit.verification import verify
from tests.audit.channels.conftest import Made, taken_in

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


def due_again() -> None:
    Destination.objects.update(next_at=None)


def test_a_file_holds_one_checkpoint_after_the_other(signed: SignedCheckpoint, made: Made) -> None:
    made("file", "kept.txt")
    assert lay_anchors() == 1
    assert lay_anchors() == 0  # not before its time
    due_again()
    assert lay_anchors() == 0  # nothing new
    taken_in(1)
    second = sign_checkpoint()
    due_again()
    assert lay_anchors() == 1
    assert second is not None
    notes = notes_in((settings.AUDIT_ANCHORS / "kept.txt").read_bytes())
    assert notes == [signed.note.encode(), second.note.encode()]
    assert list(Anchor.objects.values_list("size", flat=True)) == [second.size, signed.size]
    taken_in(0)
    assert AuditEvent.objects.filter(type="integrity.anchored").count() == 2


@pytest.mark.parametrize("name", ["../x", "/etc/x", ".hidden", "a/b", "", "a\n"])
def test_a_row_names_a_file_and_never_a_place(signed: SignedCheckpoint, made: Made, name: str) -> None:
    made("file", name)
    assert lay_anchors() == 0
    assert "name is made of" in Destination.objects.get().problem


def rolled_back(size: int) -> None:
    """As a restored backup would be: everything after `size` leaves is gone, as if it had never been."""
    tree = TreeState.objects.get()
    AuditEvent.objects.filter(leaf_index__gte=size).delete()
    SignedCheckpoint.objects.filter(size__gt=size).delete()
    rows = list(AuditEvent.objects.order_by("leaf_index").values_list("leaf_hash", flat=True))
    TreeTile.objects.all().delete()
    TreeTile.objects.create(id=0, hashes=b"".join(bytes(row) for row in rows))
    from audit.tree.frontier import Frontier

    edge = Frontier()
    edge.extend(bytes(row) for row in rows)
    tree.size, tree.frontier = edge.size, edge.packed()
    tree.save()
    RollUp.objects.all().delete()
    SpoolSegment.objects.all().delete()
    settings.AUDIT_CHECKPOINT_FILE.unlink()


def test_a_rolled_back_database_is_found_by_what_lies_elsewhere_and_named(
    signed: SignedCheckpoint, made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    destination = made("file", "kept.txt")
    taken_in(5)
    second = sign_checkpoint()
    assert second is not None and lay_anchors() == 1
    assert verify().findings == []
    rolled_back(signed.size)
    findings = verify().findings
    assert f"{second.size} leaves were signed in kept.txt, the log has {signed.size}: it was rolled back" in findings
    assert any(f"the anchor at {destination.name}" in finding for finding in findings)
    with pytest.raises(SystemExit):
        call_command("audit", "verify")
    assert "rolled back" in capsys.readouterr().err


def test_a_webhook_is_signed_so_that_its_receiver_knows_who_calls(
    signed: SignedCheckpoint, made: Made, elsewhere: HTTPServer
) -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        request.get_data()
        seen.append(request)
        return Response(status=204)

    elsewhere.expect_request("/hook", "POST").respond_with_handler(answer)
    made("webhook", elsewhere.url_for("/hook"), "a secret")
    assert lay_anchors() == 1
    (request,) = seen
    headers = request.headers
    expected = signature("a secret", headers["webhook-id"], headers["webhook-timestamp"], request.get_data())
    assert headers["webhook-signature"] == expected and headers["webhook-id"] == f"checkpoint-{signed.size}"
    assert request.get_json()["note"] == signed.note


def test_a_failure_is_said_tried_again_and_recorded_once(
    signed: SignedCheckpoint, made: Made, elsewhere: HTTPServer
) -> None:
    elsewhere.expect_request("/hook").respond_with_data(status=500)
    made("webhook", elsewhere.url_for("/hook"), "s")
    for _ in range(2):
        assert lay_anchors() == 0
        row = Destination.objects.get()
        assert row.problem == "it answers 500" and row.next_at is not None and row.next_at > timezone.now()
        assert lay_anchors() == 0  # pauses
        due_again()
    taken_in(0)
    assert AuditEvent.objects.filter(type="integrity.anchor.failed").count() == 1
    elsewhere.clear()
    elsewhere.expect_request("/hook").respond_with_data(status=200)
    assert lay_anchors() == 1
    row = Destination.objects.get()
    assert (row.failures, row.problem) == (0, "")


def test_what_the_deployment_does_not_allow_is_not_called(signed: SignedCheckpoint, made: Made) -> None:
    made("webhook", "http://169.254.169.254/latest", "s")
    made("syslog", "tcp://127.0.0.1:9")
    assert lay_anchors() == 0
    assert all("cannot be reached" in row.problem for row in Destination.objects.all())


def test_a_mail_carries_the_checkpoint(signed: SignedCheckpoint, made: Made) -> None:
    made("mail", "auditor@example.org")
    assert lay_anchors() == 1
    (message,) = mail.outbox
    assert message.to == ["auditor@example.org"] and signed.note in str(message.body)
    assert Checkpoint.opened(str(message.attachments[0][1]).encode(), [key_file().keys()[0].verifier])


def heard(server: socket.socket, found: list[bytes]) -> None:
    connection, _ = server.accept()
    with connection:
        while block := connection.recv(65536):
            found.append(block)


def test_syslog_takes_it_with_its_length_before_it(signed: SignedCheckpoint, made: Made, settings: Any) -> None:
    found: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{port}",)
        thread = threading.Thread(target=heard, args=(server, found))
        thread.start()
        made("syslog", f"tcp://127.0.0.1:{port}")
        assert lay_anchors() == 1
        thread.join(5)
    length, _, message = b"".join(found).partition(b" ")
    assert int(length) == len(message) and message.startswith(b"<109>1 2")
    assert signed.note.replace("\n", "\\n").encode() in message


def test_syslog_over_udp(signed: SignedCheckpoint, made: Made, settings: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        port = server.getsockname()[1]
        settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{port}",)
        made("syslog", f"udp://127.0.0.1:{port}")
        assert lay_anchors() == 1
        assert b"gatehouse - checkpoint" in server.recv(65536)


def test_a_syslog_server_whose_certificate_is_not_trusted_gets_nothing(
    signed: SignedCheckpoint, made: Made, settings: Any, tmp_path: Path
) -> None:
    certificate(tmp_path, "server", "subjectAltName=IP:127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{port}",)

        def refuse() -> None:
            connection, _ = server.accept()
            with connection, pytest.raises(ssl.SSLError):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=refuse)
        thread.start()
        made("syslog", f"tls://127.0.0.1:{port}")
        assert lay_anchors() == 0
        thread.join(5)
    assert "SSLCertVerificationError" in Destination.objects.get().problem


class Bucket:
    """A store that checks signatures as S3 does and never lets an object that is locked be replaced by another."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}

    def answer(self, request: Request) -> Response:
        """One PUT."""
        body, headers = request.get_data(), dict(request.headers)
        names = headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        own = AWSRequest("PUT", request.url, data=body, headers={name: request.headers[name] for name in names})
        own.context["timestamp"] = request.headers["X-Amz-Date"]
        auth = S3SigV4Auth(Credentials("AKID", self.secret), "s3", "eu-central-1")
        del own.headers["host"]
        auth_text = auth.signature(auth.string_to_sign(own, auth.canonical_request(own)), own)
        if not headers["Authorization"].endswith(f"Signature={auth_text}"):
            return Response("SignatureDoesNotMatch", status=403)
        self.objects[request.path] = body, headers
        return Response(headers={"x-amz-version-id": "v1"})


def test_s3_stores_it_locked_and_signed_for(signed: SignedCheckpoint, made: Made, elsewhere: HTTPServer) -> None:
    bucket = Bucket("secret key")
    elsewhere.expect_request(f"/bucket/log/checkpoint-{signed.size}.checkpoint", "PUT").respond_with_handler(
        bucket.answer
    )
    address = elsewhere.url_for("/bucket/log") + "?region=eu-central-1"
    made("s3", address, "secret key", identity="AKID", lock_days=3650)
    assert lay_anchors() == 1, Destination.objects.get().problem
    ((body, headers),) = bucket.objects.values()
    lowered = {name.lower(): value for name, value in headers.items()}
    assert body.decode() == signed.note and lowered["x-amz-object-lock-mode"] == "COMPLIANCE"
    assert lowered["x-amz-object-lock-retain-until-date"] > f"{timezone.now() + timedelta(days=3649):%Y}"
    assert Anchor.objects.get().receipt.endswith(" v1")


def test_s3_with_a_wrong_key_is_said(signed: SignedCheckpoint, made: Made, elsewhere: HTTPServer) -> None:
    elsewhere.expect_request(f"/b/checkpoint-{signed.size}.checkpoint", "PUT").respond_with_handler(
        Bucket("another").answer
    )
    made("s3", elsewhere.url_for("/b") + "?region=eu-central-1", "secret key", identity="AKID")
    assert lay_anchors() == 0
    assert Destination.objects.get().problem == "it answers 403"


def certificate(directory: Path, name: str, *extensions: str) -> str:
    """A self-signed certificate and its key, made by openssl; as PEM."""
    more = [word for extension in extensions for word in ("-addext", extension)]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "2"]
    run([*command, "-keyout", directory / f"{name}.key", "-out", directory / f"{name}.pem", *more],
        check=True, capture_output=True)  # fmt: skip
    return (directory / f"{name}.pem").read_text()


class Authority:
    """A time stamp authority on `openssl ts`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.pem = certificate(directory, "tsa", "extendedKeyUsage=critical,timeStamping")
        (directory / "serial").write_text("01\n")
        (directory / "tsa.cnf").write_text(
            f"[tsa]\ndefault_tsa=t\n[t]\ndir={directory}\nserial=$dir/serial\nsigner_cert=$dir/tsa.pem\n"
            "signer_key=$dir/tsa.key\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\n"
            "accuracy=secs:1\nordering=no\ntsa_name=yes\ness_cert_id_alg=sha256\n"
        )

    def answer(self, request: Request) -> Response:
        """What it answers to a query."""
        (self.directory / "q.tsq").write_bytes(request.get_data())
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-out", "r.tsr"]
        run(command, cwd=self.directory, check=True, capture_output=True)
        return Response((self.directory / "r.tsr").read_bytes(), content_type="application/timestamp-reply")


def test_a_time_stamp_is_checked_before_it_counts_and_openssl_accepts_it(
    signed: SignedCheckpoint, made: Made, elsewhere: HTTPServer, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    elsewhere.expect_request("/tsa", "POST").respond_with_handler(authority.answer)
    made("timestamp", elsewhere.url_for("/tsa"), certificate=authority.pem)
    assert lay_anchors() == 1, Destination.objects.get().problem
    token = b64decode(Anchor.objects.get().receipt)
    (tmp_path / "token").write_bytes(token)
    (tmp_path / "note").write_text(signed.note)
    said = run(
        ["openssl", "ts", "-verify", "-token_in", "-in", "token", "-data", "note", "-CAfile", "tsa.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    assert b"Verification: OK" in said.stdout + said.stderr


def test_a_time_stamp_of_something_else_or_by_somebody_else_does_not_count(
    signed: SignedCheckpoint, made: Made, elsewhere: HTTPServer, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    elsewhere.expect_request("/tsa", "POST").respond_with_handler(authority.answer)
    another = certificate(tmp_path, "another", "extendedKeyUsage=critical,timeStamping")
    made("timestamp", elsewhere.url_for("/tsa"), certificate=another)
    assert lay_anchors() == 0
    assert "not the one that is trusted" in Destination.objects.get().problem
    Destination.objects.update(certificate=authority.pem, next_at=None)
    assert lay_anchors() == 1
    token = b64decode(Anchor.objects.get().receipt)
    with pytest.raises(StampInvalid, match="something else"):
        check_token(token, bytes(32), authority.pem)
    broken = token[:-1] + bytes([token[-1] ^ 1])
    with pytest.raises(ValueError):
        check_token(broken, b"", authority.pem)
