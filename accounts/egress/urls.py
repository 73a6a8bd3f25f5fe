"""Base URLs as administrators type them, judged when they are saved. The check that counts follows at connect time."""

import re
from collections.abc import Container
from typing import Final
from urllib.parse import urlsplit

from accounts.egress.addresses import parse
from accounts.egress.errors import EgressRefused
from accounts.egress.policy import EgressPolicy, is_host_name

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
PRINTABLE: Final = re.compile(r"[!-~]+")
PATH: Final = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/?")


class BaseUrlRefused(ValueError):
    """`str()` is a plain sentence for the person who typed the URL."""


def validate_base_url(url: str, policy: EgressPolicy, *, in_process: Container[str] = ()) -> str:
    """The URL without a trailing slash. `in_process` names schemes that never reach a socket (the simulator's).

    Raises BaseUrlRefused (a ValueError).
    """
    if PRINTABLE.fullmatch(url) is None or "\\" in url:
        raise BaseUrlRefused("Use printable ASCII only: no spaces, no backslash; write foreign host names in punycode.")
    scheme = url.partition("://")[0]
    if scheme not in DEFAULT_PORTS and scheme not in in_process:
        raise BaseUrlRefused("The URL must start with https:// (or http:// for an allowed private target).")
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise BaseUrlRefused("Leave user name and password out of the URL.")
    if "?" in url or "#" in url:
        raise BaseUrlRefused("Leave query and fragment out of the URL.")
    host, port, path = _split(url)
    _check_path(path)
    if scheme not in in_process:
        _check_host(host)
        _check_policy(policy, scheme, host, port or DEFAULT_PORTS[scheme])
    return url.rstrip("/")


def _split(url: str) -> tuple[str, int | None, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BaseUrlRefused("The host or the port of the URL is not valid.") from error
    if not host or port == 0 or parts.netloc.endswith(":"):
        raise BaseUrlRefused("The host or the port of the URL is not valid.")
    return host, port, parts.path


def _check_path(path: str) -> None:
    if PATH.fullmatch(path) is None or {".", ".."} & set(path.split("/")):
        raise BaseUrlRefused("The path may hold plain segments only: no '..', no empty segment, no percent sign.")


def _check_host(host: str) -> None:
    literal = parse(host)
    if literal is None and not is_host_name(host):
        raise BaseUrlRefused("The host must be a name, or an IP address in its usual spelling.")
    if literal is not None and str(literal) != host:
        raise BaseUrlRefused(f"Write the address as {literal}.")


def _check_policy(policy: EgressPolicy, scheme: str, host: str, port: int) -> None:
    try:
        policy.check_target(scheme, host, port)
    except EgressRefused as error:
        raise BaseUrlRefused(
            "This deployment does not allow that target. Public services are reached by https on port 443; "
            "anything else must be listed in GATEHOUSE_EGRESS_ALLOW as host:port or CIDR:port."
        ) from error
