"""urllib3 connections that resolve once, check every address, and connect to the checked one."""

import socket
from typing import Any, Final

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from accounts.egress.policy import EgressPolicy

CONNECT_SECONDS: Final = 5.0


def connect_checked(connection: HTTPConnection, policy: EgressPolicy, scheme: str) -> socket.socket:
    """A TCP socket to an address that passed. Raises EgressRefused, or what urllib3 expects of a failed connect."""
    host, port = connection.host, connection.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NameResolutionError(host, connection, _resolution_error(error)) from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        policy.check_address(address, port, host=host.lower(), scheme=scheme)
    seconds = connection.timeout if isinstance(connection.timeout, int | float) else CONNECT_SECONDS
    failure: OSError = OSError("no address")
    for address in dict.fromkeys(addresses):
        try:
            return socket.create_connection((address, port), seconds)
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, "The connection took too long.") from failure
    raise NewConnectionError(connection, "The connection failed.") from failure


def _resolution_error(error: OSError) -> socket.gaierror:
    return error if isinstance(error, socket.gaierror) else socket.gaierror(error.errno or 0, "resolution failed")


def pool_classes(policy: EgressPolicy) -> dict[str, type[HTTPConnectionPool]]:
    """Replacements for `PoolManager.pool_classes_by_scheme`. SNI, certificate check and Host keep using the name."""

    class CheckedHTTPConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect_checked(self, policy, "http")

    class CheckedHTTPSConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect_checked(self, policy, "https")

    class CheckedHTTPPool(HTTPConnectionPool):
        ConnectionCls: Any = CheckedHTTPConnection

    class CheckedHTTPSPool(HTTPSConnectionPool):
        ConnectionCls: Any = CheckedHTTPSConnection

    return {"http": CheckedHTTPPool, "https": CheckedHTTPSPool}
