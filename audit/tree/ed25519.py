"""Ed25519 (RFC 8032): by cryptography where it is installed, else checked in plain Python.

Plain Python only verifies: it touches no secret, so that its running time may depend on what it computes.
"""

from hashlib import sha512
from types import ModuleType

native: ModuleType | None
try:
    from cryptography.hazmat.primitives.asymmetric import ed25519 as native
except ImportError:
    native = None

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]  # extended coordinates X, Y, Z, T


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is that of `public` (32 bytes) over `message`."""
    return plain_verify(public, message, signature) if native is None else _native_verify(public, message, signature)


def sign(secret: bytes, message: bytes) -> bytes:
    """The signature by the seed `secret` (32 bytes). Raises ImportError without cryptography."""
    return bytes(_private(secret).sign(message))


def public_of(secret: bytes) -> bytes:
    """The public key of a seed. Raises ImportError without cryptography."""
    return bytes(_private(secret).public_key().public_bytes_raw())


def plain_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """RFC 8032 section 5.1.7, step by step."""
    key, commitment = _point(public), _point(signature[:32])
    if key is None or commitment is None or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return _same(_times(s, BASE), _sum(commitment, _times(challenge, key)))


def _private(secret: bytes):  # type: ignore[no-untyped-def]  # its type is there only where the library is
    if native is None:
        raise ImportError("signing needs the package cryptography")
    return native.Ed25519PrivateKey.from_private_bytes(secret)


def _native_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    assert native is not None
    try:
        native.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except ValueError:
        return False
    except Exception as error:
        if type(error).__name__ != "InvalidSignature":
            raise
        return False
    return True


def _point(data: bytes) -> Point | None:
    if len(data) != 32:
        return None
    y = int.from_bytes(data, "little")
    sign_bit, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    x = _x_of(y, sign_bit)
    return None if x is None else (x, y, 1, x * y % P)


def _x_of(y: int, sign_bit: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign_bit):
        return None
    return P - x if x & 1 != sign_bit else x


def _sum(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _sum(result, point)
        point, scalar = _sum(point, point), scalar >> 1
    return result


def _same(p: Point, q: Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def _base() -> Point:
    y = 4 * pow(5, P - 2, P) % P
    x = _x_of(y, 0) or 0
    return x, y, 1, x * y % P


BASE = _base()
