import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts.egress import EgressPolicy
from llmproxy.transport import Transport
from llmproxy.transport.connector import default_ssl_context
from llmproxy.transport.errors import TlsFailed
from tests.llmproxy.transport.upstream import CHUNKED, Talk, Upstream, chunk, ok


def certify(name: x509.GeneralName, issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None, *, authority: bool):  # type: ignore[no-untyped-def]
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority" if authority else "upstream")])
    issuer_name, issuer_key = issuer or (subject, key)
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return certificate, key


@pytest_asyncio.fixture
async def secure(tmp_path: Path) -> AsyncIterator[Upstream]:
    """Speaks TLS as "localhost" only; its transport trusts the authority made here."""
    root, root_key = certify(x509.DNSName("authority"), None, authority=True)
    leaf, leaf_key = certify(x509.DNSName("localhost"), (root.subject, root_key), authority=False)
    pem = tmp_path / "leaf.pem"
    pem.write_bytes(
        leaf.public_bytes(serialization.Encoding.PEM)
        + leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(pem)
    trust = default_ssl_context()
    trust.load_verify_locations(cadata=root.public_bytes(serialization.Encoding.PEM).decode())
    upstream = Upstream(talk_for_ever)
    serving.sni_callback = lambda _socket, name, _context: upstream.server_names.append(name)
    await upstream.start(serving, trust)
    yield upstream
    await upstream.stop()


async def talk_for_ever(talk: Talk) -> None:
    while True:
        request = await talk.request()
        if request.startswith(b"POST /stream"):
            await talk.say(CHUNKED)
            for _ in range(5000):
                await talk.say(chunk(b"y" * 1000))
            await talk.say(b"0\r\n\r\n")
        else:
            await talk.say(ok(b"secure"))


async def test_it_talks_tls_with_server_name_and_keeps_the_connection(secure: Upstream) -> None:
    for _ in range(3):
        assert await secure.call(secure.ask(url=f"https://localhost:{secure.port}/")) == b"secure"
    assert secure.connections == 1
    assert secure.server_names == ["localhost"]


async def test_a_long_stream_over_tls_with_back_pressure_is_whole(secure: Upstream) -> None:
    answer = await secure.transport.open(secure.ask(url=f"https://localhost:{secure.port}/stream", total=30))
    await asyncio.sleep(0.1)  # long enough for the upstream to be paused
    size = 0
    async for piece in answer:
        size += len(piece)
    assert size == 5_000_000
    assert secure.transport.pool.idle_count == 1


async def test_an_unknown_authority_is_refused_for_good(secure: Upstream) -> None:
    stranger = Transport(EgressPolicy([f"localhost:{secure.port}"]))
    with pytest.raises(TlsFailed) as failure:
        await stranger.open(secure.ask(url=f"https://localhost:{secure.port}/"))
    assert not failure.value.retryable
    assert secure.requests == []


async def test_a_certificate_for_another_name_is_refused(secure: Upstream) -> None:
    with pytest.raises(TlsFailed):
        await secure.transport.open(secure.ask(url=f"https://127.0.0.1:{secure.port}/"))
    assert secure.requests == []


def test_old_tls_versions_are_off_and_certificates_are_checked() -> None:
    context = default_ssl_context()
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
