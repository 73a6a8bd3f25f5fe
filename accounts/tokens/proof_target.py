"""The call that a DPoP proof is about, and when two addresses are the same one (RFC 9449 §4.3, RFC 3986 §6.2)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

LONGEST_URL = 2048
DEFAULT_PORTS = {"https": 443, "http": 80}
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
LEGAL = re.compile(r"[!-~]+").fullmatch


@dataclass(frozen=True, slots=True)
class Target:
    """One call.

    Attributes:
        url: normalised, of the address that clients know us by; never of what a `Host` header says.
    """

    method: str
    url: str

    @classmethod
    def of(cls, method: str, public_url: str, raw_path: str) -> "Target":
        """A call of `raw_path`, as it came over the wire, below the public URL. Raises ValueError."""
        return cls(method, normalised(f"{public_url}{raw_path}"))


@lru_cache(maxsize=4096)
def normalised(url: str) -> str:
    """Scheme and host in lower case, no default port, query or fragment; escapes only where they are needed.

    Raises:
        ValueError: not an absolute http(s) address.
    """
    if len(url) > LONGEST_URL or not LEGAL(url) or "\\" in url:
        raise ValueError("not a URL")
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError("not an absolute http(s) URL")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in (None, DEFAULT_PORTS[scheme]) else f":{parts.port}"
    return f"{scheme}://{host.lower()}{port}{ESCAPE.sub(_escape, parts.path) or '/'}"


def _escape(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in UNRESERVED else f"%{found[1].upper()}"
