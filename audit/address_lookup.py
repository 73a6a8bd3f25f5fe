"""`src_ip__within="192.0.2.0/24"`: addresses of a network, in PostgreSQL and in SQLite."""

from ipaddress import ip_address, ip_network
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import GenericIPAddressField, Lookup


class Within(Lookup):
    """The network is the right side; what is no address is within none."""

    lookup_name = "within"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """PostgreSQL's own operator."""
        left, params = self.process_lhs(compiler, connection)
        return f"{left} <<= %s::inet", (*params, self.rhs)

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """A function of ours, see `connect`."""
        left, params = self.process_lhs(compiler, connection)
        return f"address_within({left}, %s)", (*params, self.rhs)


def within(address: str | None, network: str) -> bool:
    """Whether an address lies in a network."""
    try:
        return address is not None and ip_address(address) in ip_network(network)
    except ValueError:
        return False


def _add_function(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function("address_within", 2, within, deterministic=True)


def connect() -> None:
    """For every connection that is opened from now on."""
    GenericIPAddressField.register_lookup(Within)
    connection_created.connect(_add_function, dispatch_uid="audit.address_lookup")
