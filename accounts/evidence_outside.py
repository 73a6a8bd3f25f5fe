"""How evidence leaves the house: by the same egress policy and the same envelope as everything else."""

import socket

from django.conf import settings
from requests import Session

from accounts.changes import announce
from accounts.crypto import UnsealError
from accounts.crypto.derivation import derived
from accounts.egress import EgressPolicy, EgressRefused
from accounts.egress.session import guarded_session
from accounts.models import Organisation, Team
from accounts.ring import envelope

SECONDS = 10.0
MOST_CHOICES = 500


class EvidenceOutside:
    """Named by settings.AUDIT_OUTSIDE; see audit.outside."""

    def session(self) -> Session:
        """A guarded session."""
        return guarded_session(EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW))

    def connected(self, host: str, port: int, scheme: str, *, datagrams: bool = False) -> socket.socket:
        """A socket to a checked address; what is neither public nor listed is refused. Raises OSError, ValueError."""
        policy = EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW)
        kind = socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM
        try:
            policy.check_target(scheme, host, port)
            addresses = [entry[4] for entry in socket.getaddrinfo(host, port, type=kind)]
            for address in addresses:
                policy.check_address(str(address[0]), port, host=host.lower(), scheme=scheme)
        except EgressRefused as error:
            raise ValueError(str(error)) from error
        family = socket.AF_INET6 if ":" in str(addresses[0][0]) else socket.AF_INET
        made = socket.socket(family, kind)
        made.settimeout(SECONDS)
        try:
            made.connect(addresses[0])
        except OSError:
            made.close()
            raise
        return made

    def seal(self, text: str, aad: str) -> str:
        """A secret at rest."""
        return envelope().seal(text.encode(), aad=aad)

    def keyed(self, purpose: str) -> dict[str, bytes]:
        """Keys for one purpose, from the installation's."""
        return {name: derived(key, purpose) for name, key in settings.GATEHOUSE_KEKS.items()}

    def announce(self, kind: str) -> None:
        """Tell every process."""
        announce(kind)

    def choices(self, kind: str, organisation_id: str) -> list[tuple[str, str]]:
        """Teams of an organisation, or all organisations."""
        rows = Team.objects.filter(organisation_id=organisation_id) if kind == "team" else Organisation.objects.all()
        return [(str(row.pk), row.name) for row in rows.order_by("name")[:MOST_CHOICES]]

    def unseal(self, sealed: str, aad: str) -> str:
        """The secret. Raises ValueError."""
        try:
            return envelope().unseal(sealed, aad=aad).decode()
        except UnsealError as error:
            raise ValueError("the secret cannot be opened") from error
