"""The text form of API keys: prefix, public id, secret, checksum (SECURITY 5.8).

`gth_live_` + 8 characters + `_` + 43 characters (256 bits) + 6 characters of CRC-32 in base 62. The checksum kills
typing errors and garbage without a look-up; the prefix lets secret scanners find leaked keys.
"""

import secrets
import string
import zlib
from dataclasses import dataclass, field

PREFIX = "gth_live_"
ID_CHARACTERS = 8
SECRET_CHARACTERS = 43
CHECK_CHARACTERS = 6
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
LENGTH = len(PREFIX) + ID_CHARACTERS + 1 + SECRET_CHARACTERS + CHECK_CHARACTERS


@dataclass(frozen=True, slots=True)
class ApiKeyText:
    """A key taken apart."""

    public_id: str
    secret: str = field(repr=False)

    @classmethod
    def fresh(cls, public_id: str = "") -> "ApiKeyText":
        """A new random key, or a new random secret of the key `public_id`."""
        return cls(public_id or _random(ID_CHARACTERS), _random(SECRET_CHARACTERS))

    def __str__(self) -> str:
        body = f"{PREFIX}{self.public_id}_{self.secret}"
        return body + _checksum(body)

    @classmethod
    def parse(cls, text: str) -> "ApiKeyText | None":
        """The parts of `text`; None unless it is a well-formed key with a matching checksum."""
        if len(text) != LENGTH or not text.startswith(PREFIX) or not text.isascii():
            return None
        body, check = text[:-CHECK_CHARACTERS], text[-CHECK_CHARACTERS:]
        public_id, separator, secret = body[len(PREFIX) :].partition("_")
        if len(public_id) != ID_CHARACTERS or not separator or _checksum(body) != check:
            return None
        return cls(public_id, secret)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(CHECK_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
