"""Permission classes of the data plane: DRF's shape, answered from memory.

`request` is a GatewayRequest and `view` a GatewayViewSet; DRF's type stubs know its own only.
"""

from ipaddress import ip_address
from typing import Any

from rest_framework.permissions import BasePermission

from accounts.errors import InsufficientScope
from accounts.principal import Network
from llmproxy.catalog import Route
from llmproxy.errors import AddressNotAllowed, ModelNotFound


class AddressAllowed(BasePermission):
    """The credential's own list of addresses, where it has one."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Raises AddressNotAllowed unless the peer is on the list."""
        allowed = request.principal.allowed_ips
        if allowed and not _listed(request.client_ip, allowed):
            raise AddressNotAllowed
        return True


class ScopeGranted(BasePermission):
    """The scope that the view names in `required_scope`."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Raises InsufficientScope unless the principal holds it."""
        needed: str = view.required_scope
        if needed not in request.principal.scopes:
            raise InsufficientScope(f"This call needs the scope {needed}, which your credential does not have.")
        return True


class ModelVisible(BasePermission):
    """Object permission: a credential may name the models it is narrowed to."""

    def has_object_permission(self, request: Any, view: Any, obj: Route) -> bool:
        """Raises ModelNotFound for a model outside the list: the same answer as for one that does not exist."""
        models = request.principal.models
        if models is not None and obj.name not in models:
            raise ModelNotFound
        return True


def _listed(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        peer = ip_address(address)
    except ValueError:
        return False
    return any(peer in network for network in networks)
