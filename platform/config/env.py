"""Reading the environment: typed, secrets also from files, loud failure on nonsense."""

import base64
import binascii
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

KEK_BYTES = 32
LONGEST_SOCKET_PATH = 100
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
TRUE = frozenset({"1", "on", "true", "yes"})
FALSE = frozenset({"0", "off", "false", "no"})


def text(name: str, default: str = "") -> str:
    """The value of `name`, else the content of the file that `{name}_FILE` names, else `default`."""
    if value := os.environ.get(name):
        return value
    if not (path := os.environ.get(f"{name}_FILE")):
        return default
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE={path} cannot be read: {error.strerror}") from error


def integer(name: str, default: int, low: int, high: int) -> int:
    """A whole number between `low` and `high`."""
    value = text(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{name} must be a whole number from {low} to {high}, not {value!r}")
    return int(value)


def flag(name: str, default: bool) -> bool:
    """A switch: on/off, true/false, yes/no, 1/0."""
    value = text(name).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}")
    return value in TRUE


def choice(name: str, default: str, known: tuple[str, ...]) -> str:
    """One of the `known` words."""
    value = text(name, default).lower()
    if value not in known:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(known)}, not {value!r}")
    return value


def words(name: str, default: str = "") -> tuple[str, ...]:
    """A comma-separated list, blanks dropped."""
    return tuple(part.strip() for part in text(name, default).split(",") if part.strip())


def numbers(name: str) -> dict[str, int]:
    """`name=number` pairs, separated by commas. Raises ImproperlyConfigured."""
    found = {}
    for pair in words(name):
        key, _, value = pair.partition("=")
        if not (key and value.isascii() and value.isdigit() and len(value) < 9):
            raise ImproperlyConfigured(f"{name}: {pair!r} is not of the form name=number")
        found[key] = int(value)
    return found


def kept_secret(name: str, path: Path, make: Callable[[], str]) -> str:
    """The secret `name` from the environment, else the one kept in `path`, made at first use from `make`.

    The file is created with mode 0600 and O_EXCL, so that of several processes at once one writes.
    """
    if value := text(name):
        return value
    if not path.exists():
        _write_once(path, make())
    value = path.read_text(encoding="ascii").strip()
    if not value:
        raise ImproperlyConfigured(f"{path} is empty: restore it from a backup, or set {name}")
    return value


def _write_once(path: Path, value: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails if another process was first: its secret stands
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def fresh_kek() -> str:
    """A new envelope key in the form of `GATEHOUSE_KEKS`: `id:base64`."""
    return f"k1:{base64.b64encode(secrets.token_bytes(KEK_BYTES)).decode()}"


def keks(value: str) -> dict[str, bytes]:
    """Parse `id:base64,…`; the first one writes, all read.

    Raises:
        ImproperlyConfigured: an entry is malformed, repeated, or not 32 bytes; or there is none.
    """
    found: dict[str, bytes] = {}
    for entry in (part.strip() for part in value.split(",") if part.strip()):
        name, _, encoded = entry.partition(":")
        if not name.isalnum() or name in found:
            raise ImproperlyConfigured("GATEHOUSE_KEKS: each entry is id:base64 with an id of its own")
        found[name] = _kek_bytes(name, encoded)
    if not found:
        raise ImproperlyConfigured("GATEHOUSE_KEKS holds no key: Gatehouse does not start without one")
    return found


def _kek_bytes(name: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured(f"GATEHOUSE_KEKS: key {name!r} is not base64") from error
    if len(key) != KEK_BYTES or key == bytes(KEK_BYTES):
        raise ImproperlyConfigured(f"GATEHOUSE_KEKS: key {name!r} must be {KEK_BYTES} random bytes in base64")
    return key


def fresh_token() -> str:
    """384 random bits as text, for a secret that nobody types."""
    return secrets.token_urlsafe(48)


def host(url: str) -> str:
    """The host of an http(s) URL.

    Raises:
        ImproperlyConfigured: the URL is not http(s)://host[:port] without path, query or user.
    """
    return _parts(url).hostname or ""


def origin(url: str) -> str:
    """scheme://host[:port] of an http(s) URL."""
    parts = _parts(url)
    return f"{parts.scheme}://{parts.netloc}"


def _parts(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"GATEHOUSE_PUBLIC_URL must be http(s)://host[:port], not {url!r}")
    return parts


def socket_path(wanted: Path) -> Path:
    """`wanted`, or a short path that stands for it: a Unix socket's path may have 107 bytes at most (unix(7))."""
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_PATH:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"gatehouse-{os.getuid()}-{digest}" / wanted.name


def mail(url: str) -> dict[str, Any]:
    """Django's EMAIL_… settings from `smtp+tls://user:password@host:587`, `smtp+ssl://…`, `smtp://…`, `consolemail://`.

    Raises:
        ImproperlyConfigured: another scheme, or no host.
    """
    schemes = ("smtp", "smtp+tls", "smtp+ssl", "consolemail")
    scheme, _, rest = url.partition("://")
    if scheme not in schemes or (scheme != "consolemail" and not rest.rpartition("@")[2]):
        raise ImproperlyConfigured(f"GATEHOUSE_EMAIL_URL begins with one of {', '.join(schemes)} and names a host")
    config: dict[str, Any] = environ.Env.email_url_config(url)  # type: ignore[no-untyped-call]
    return config
