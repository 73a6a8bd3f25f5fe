"""Where an organisation's people sign in with the account that they have there (OpenID Connect)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from accounts.egress.policy import EgressPolicy
from accounts.egress.urls import BaseUrlRefused, validate_base_url
from accounts.models.invitation import Invitation
from accounts.models.organisation import Organisation
from accounts.models.team import Team
from accounts.models.user import User
from accounts.ring import envelope
from accounts.roles import Role

# Whoever the provider says somebody is, no right to change, to see evidence or to judge it comes from it.
JOINING_ROLES = [(role.value, role.label) for role in (Role.DEVELOPER, Role.BILLING_VIEWER)]


class IdentityProviderQuerySet(models.QuerySet["IdentityProvider"]):
    """Questions about many."""

    def for_invitation(self, invitation: Invitation) -> "IdentityProviderQuerySet":
        """Those through which an invitation can be accepted: of its organisation, and the installation's own."""
        mine = models.Q(organisation=invitation.organisation) | models.Q(organisation__isnull=True)
        return self.filter(mine, enabled=True)


class IdentityProvider(models.Model):
    """An OpenID provider and what is believed of what it says. People are known by (this row, `sub`), never by e-mail.

    Attributes:
        organisation: whose people it names; None for the whole installation's own.
        issuer: byte for byte what its tokens say. Never changed: who controls it can sign in as everybody linked.
        required_claims: `name=value`, all of which must hold for anybody to come in.
        trusted_factors: `amr` or `acr` values that count as a second factor.
        join_role: what an unknown person who signs in there becomes here; empty for nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="identity_providers",
        help_text="Whose people sign in there. Empty: the installation's own people, superusers among them.",
    )  # fmt: skip
    name = models.CharField(max_length=60, help_text="What people read on the button: “Sign in with …”.")
    slug = models.SlugField(
        "short name", max_length=40, unique=True, help_text="Part of the addresses; cannot be changed later."
    )
    issuer = models.CharField(
        max_length=255,
        help_text="Exactly as in its tokens: https://login.example.com. Cannot be changed later.",
    )
    client_id = models.CharField("client ID", max_length=255)
    secret_sealed = models.TextField(editable=False, blank=True)
    required_claims = models.JSONField(
        default=list, blank=True, help_text="Who may come in at all, such as hd=example.com; one a line, all must hold."
    )
    trusted_factors = models.JSONField(
        "values of amr or acr that count as a second factor", default=list, blank=True,
        help_text="Such as mfa or hwk; one a line. Empty: people show the second factor that they have here.",
    )  # fmt: skip
    join_role = models.CharField(
        "newcomers become", max_length=32, choices=JOINING_ROLES, blank=True,
        help_text="Empty: nobody comes in without an invitation.",
    )  # fmt: skip
    join_team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="team of newcomers"
    )
    enabled = models.BooleanField(default=True)
    listed = models.BooleanField(
        "shown on the sign-in page", default=True, help_text="Otherwise people start from its own address."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = IdentityProviderQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def aad(self) -> str:
        """What the sealed secret is bound to: this row and the issuer that it is for."""
        return f"accounts.identityprovider|secret|{self.pk}|{self.issuer}"

    @property
    def start_url(self) -> str:
        """Where people start who do not find it on the sign-in page."""
        return f"{settings.GATEHOUSE_PUBLIC_URL}/admin/sso/{self.slug}/"

    @property
    def redirect_uri(self) -> str:
        """What has to be registered there."""
        return f"{settings.GATEHOUSE_PUBLIC_URL}/admin/sso/{self.slug}/callback/"

    def set_secret(self, plain: str) -> None:
        """Seal the client secret into the row (not saved)."""
        self.secret_sealed = envelope().seal(plain.encode("utf-8"), aad=self.aad)

    def secret(self) -> str:
        """The plain client secret, just before use; "" for a public client. Raises UnsealError."""
        return envelope().unseal(self.secret_sealed, aad=self.aad).decode("utf-8") if self.secret_sealed else ""

    def clean(self) -> None:
        """An address that may be called; texts of the right form; a team of the same organisation."""
        try:
            # The issuer may end in a slash, and then its tokens say so too: only judged here, kept as typed.
            validate_base_url(self.issuer, EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW))
        except BaseUrlRefused as error:
            raise ValidationError({"issuer": str(error)}) from error
        if any(not isinstance(line, str) or "=" not in line for line in self.required_claims):
            raise ValidationError({"required_claims": "Write name=value, one a line."})
        if self.join_team is not None and self.join_team.organisation_id != self.organisation_id:
            raise ValidationError({"join_team": "This team belongs to another organisation."})
        if self.join_role and self.organisation_id is None:
            raise ValidationError({"join_role": "Newcomers join an organisation: choose one."})

    def admits(self, claims: Mapping[str, Any]) -> bool:
        """Whether the claims are those of somebody who may come in."""
        pairs = (line.partition("=") for line in self.required_claims)
        return all(_says(claims.get(name.strip()), value.strip()) for name, _, value in pairs)

    def vouches_for_factor(self, claims: Mapping[str, Any]) -> bool:
        """Whether a second factor was shown there, in a form that the row trusts."""
        methods = claims.get("amr")
        shown = {str(one) for one in methods} if isinstance(methods, list) else set()
        return not {*shown, str(claims.get("acr", ""))}.isdisjoint(self.trusted_factors)

    def may_sign_in(self, person: User) -> bool:
        """An organisation's provider signs in its own members; superusers come through the installation's only."""
        if not person.is_active or self.organisation is None:
            return person.is_active
        belongs = str(self.organisation_id) in person.organisation_ids()
        return belongs and not person.is_superuser and self.organisation.is_active

    def host(self) -> str:
        """For people to recognise."""
        return urlsplit(self.issuer).hostname or ""


def _says(claim: Any, value: str) -> bool:
    if isinstance(claim, bool):
        return value == str(claim).lower()
    if isinstance(claim, list):
        return value in [str(one) for one in claim]
    return claim is not None and str(claim) == value
