"""A time stamp from an authority (RFC 3161): that this checkpoint existed at that time."""

import secrets
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from typing import Any

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from audit.channels import http
from audit.channels.delivery import Delivery, NotDelivered
from audit.models import Destination

GRANTED = ("granted", "granted_with_mods")
HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
}  # fmt: skip


class StampInvalid(ValueError):
    """The answer is no time stamp of what was asked for, by an authority that is trusted."""


def send(destination: Destination, delivery: Delivery) -> str:
    """The token, base64: for `openssl ts -verify`. Raises NotDelivered."""
    nonce = secrets.randbits(63)
    digest = sha256(delivery.note.encode()).digest()
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    answer = http.send("POST", destination.address, query(digest, nonce), headers)
    try:
        token = granted(answer.content)
        check_token(token, digest, destination.certificate, nonce)
    except (StampInvalid, ValueError, TypeError, KeyError) as error:
        raise NotDelivered(f"no valid time stamp: {error}") from error
    return b64encode(token).decode()


def query(digest: bytes, nonce: int) -> bytes:
    """A TimeStampReq for a SHA-256 digest."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    request = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    return bytes(request.dump())


def granted(data: bytes) -> bytes:
    """The token of a TimeStampResp. Raises StampInvalid, ValueError."""
    answer = tsp.TimeStampResp.load(data, strict=True)
    status = answer["status"]["status"].native
    if status not in GRANTED:
        raise StampInvalid(f"the authority answers {status}")
    return bytes(answer["time_stamp_token"].dump())


def check_token(token: bytes, digest: bytes, trusted_pem: str, nonce: int | None = None) -> datetime:
    """When the authority saw the digest.

    Args:
        trusted_pem: the authority's certificate or its direct issuer's.

    Raises:
        StampInvalid, ValueError, TypeError, KeyError: it is not a token of that digest that it signed.
    """
    signed = cms.ContentInfo.load(token, strict=True)["content"]
    info = signed["encap_content_info"]["content"].parsed
    imprint = info["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != "sha256" or imprint["hashed_message"].native != digest:
        raise StampInvalid("it is of something else")
    if nonce is not None and info["nonce"].native != nonce:
        raise StampInvalid("it answers another question")
    (signer,) = signed["signer_infos"]
    certificate = _certificate(signed, signer)
    _check_trust(certificate, trusted_pem)
    _check_signature(signed, signer, certificate)
    when: datetime = info["gen_time"].native
    if not certificate.not_valid_before_utc <= when <= certificate.not_valid_after_utc:
        raise StampInvalid("the authority's certificate was not valid then")
    return when


def _certificate(signed: Any, signer: Any) -> x509.Certificate:
    serial = signer["sid"].chosen["serial_number"].native
    for choice in signed["certificates"]:
        if choice.chosen.serial_number == serial:
            return x509.load_der_x509_certificate(choice.chosen.dump())
    raise StampInvalid("the authority did not send its certificate")


def _check_trust(certificate: x509.Certificate, trusted_pem: str) -> None:
    trusted = x509.load_pem_x509_certificate(trusted_pem.encode())
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if ExtendedKeyUsageOID.TIME_STAMPING not in usage:
        raise StampInvalid("the certificate is not for time stamps")
    if certificate == trusted:
        return
    try:
        certificate.verify_directly_issued_by(trusted)
    except (InvalidSignature, ValueError, TypeError) as error:
        raise StampInvalid("the certificate is not the one that is trusted, nor issued by it") from error


def _check_signature(signed: Any, signer: Any, certificate: x509.Certificate) -> None:
    """RFC 5652 5.4: the digest of the content is among the signed attributes, whose DER form as a SET is signed."""
    attributes = signer["signed_attrs"]
    algorithm = HASHES.get(signer["digest_algorithm"]["algorithm"].native)
    if algorithm is None:
        raise StampInvalid("it is signed with a weak digest")
    hashed = hashes.Hash(algorithm)
    hashed.update(signed["encap_content_info"]["content"].contents)
    found = [one["values"][0].native for one in attributes if one["type"].native == "message_digest"]
    if found != [hashed.finalize()]:
        raise StampInvalid("its digest is not that of its content")
    der, key = attributes.untag().dump(), certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signer["signature"].native, der, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signer["signature"].native, der, ec.ECDSA(algorithm))
        else:
            raise StampInvalid("its key is of an unknown kind")
    except InvalidSignature as error:
        raise StampInvalid("its signature is wrong") from error
