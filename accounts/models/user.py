"""People."""

import hashlib
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from uuid_utils.compat import uuid7

from accounts.roles import roles_with

if TYPE_CHECKING:
    from accounts.models.organisation import Organisation


LONG_ENOUGH_ALONE = 15  # characters of a password (NIST SP 800-63B-4 §3.1.1.2)


class User(AbstractUser):
    """A person. Programs are service accounts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # A token carries the epoch it was issued under; raising it ends every token of the person (SECURITY 5.6).
    epoch = models.PositiveBigIntegerField(default=0, editable=False)
    # Too short to protect alone: its owner keeps a second factor, or chooses a longer one first.
    password_is_short = models.BooleanField(default=False, editable=False)
    _roles: dict[str, frozenset[str]] | None = None
    _only_organisation: str | None = None

    class Meta(AbstractUser.Meta):
        ordering = ("username",)

    def set_password(self, raw_password: str | None) -> None:
        """As Django's; a new password ends the tokens that were issued under the old one (ASVS 7.4.3)."""
        super().set_password(raw_password)
        self.epoch += 1
        self.password_is_short = raw_password is not None and len(raw_password) < LONG_ENOUGH_ALONE

    def check_password(self, raw_password: str | None) -> bool:
        """As Django's, which may store a stronger hash of the same password: that ends nothing."""
        epoch = self.epoch
        holds = super().check_password(raw_password)
        self.epoch = epoch
        return holds

    @property
    def subject(self) -> str:
        """The `sub` of the person's tokens."""
        return f"usr:{self.pk}"

    def get_session_auth_hash(self) -> str:
        """As Django's, with the epoch: what ends the person's tokens ends the browser sessions as well (ASVS 7.4.3)."""
        return hashlib.sha256(f"{super().get_session_auth_hash()}:{self.epoch}".encode()).hexdigest()

    def roles(self) -> dict[str, frozenset[str]]:
        """The roles held, by organisation id, in active organisations. Read once for each loaded person."""
        if self._roles is None:
            found: dict[str, frozenset[str]] = {}
            held = self.memberships.filter(organisation__is_active=True)
            for organisation_id, role in held.values_list("organisation_id", "role"):
                found[str(organisation_id)] = found.get(str(organisation_id), frozenset()) | {role}
            only = self._only_organisation
            self._roles = found if only is None else {pk: held for pk, held in found.items() if pk == only}
        return self._roles

    def narrow_to(self, organisation_id: str) -> None:
        """For a token or session of one organisation: from here on the roles in others do not count."""
        self._only_organisation, self._roles = organisation_id, None

    def organisation_ids(self, *roles: str) -> list[str]:
        """The organisations in which the person holds one of `roles`, or any role where none is named."""
        return [pk for pk, held in self.roles().items() if not roles or not held.isdisjoint(roles)]

    def organisation_ids_with(self, permission: str) -> list[str]:
        """The organisations in which a role of the person allows `permission` (`app.verb_model`)."""
        return self.organisation_ids(*(roles_with(permission) or {""}))

    def own_organisations(self) -> "models.QuerySet[Organisation]":
        """The active organisations in which the person may have keys: his own; for a superuser any."""
        # Here: organisations are not loaded yet while people are.
        from accounts.models.organisation import Organisation

        rows = Organisation.objects.filter(is_active=True)
        return rows if self.is_superuser else rows.filter(pk__in=self.organisation_ids())

    def all_organisation_ids(self) -> list[str]:
        """Every organisation there is, to be asked whether a role is held everywhere."""
        # Here: organisations are not loaded yet while people are.
        from accounts.models.organisation import Organisation

        return [str(pk) for pk in Organisation.objects.filter(is_active=True).values_list("pk", flat=True)]

    def audit_organisations(self) -> list[tuple[str, str]]:
        """Id and name of the organisations whose evidence the person may see."""
        # Here: organisations are not loaded yet while people are.
        from accounts.models.organisation import Organisation

        rows = Organisation.objects.all()
        if not self.is_superuser:
            rows = rows.filter(pk__in=self.audit_organisation_ids())
        return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]

    def audit_organisation_ids(self) -> list[str]:
        """The organisations whose evidence the person may see."""
        return self.organisation_ids_with("audit.view_auditevent")

    def refresh_from_db(self, *args: Any, **options: Any) -> None:
        """As Django's; the roles are read anew."""
        super().refresh_from_db(*args, **options)
        self._roles = None
