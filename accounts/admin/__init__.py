"""Admin pages of organisations, people, programs and keys."""

from accounts.admin.api_keys import ApiKeyAdmin
from accounts.admin.identity_providers import IdentityProviderAdmin
from accounts.admin.invitations import InvitationAdmin
from accounts.admin.members import MembershipAdmin
from accounts.admin.organisations import OrganisationAdmin, TeamAdmin
from accounts.admin.people import PersonAdmin
from accounts.admin.revocations import RevocationAdmin
from accounts.admin.service_accounts import ServiceAccountAdmin
from accounts.admin.signing_keys import SigningKeyAdmin
from accounts.admin.trusted_issuers import TrustedIssuerAdmin

__all__ = [
    "ApiKeyAdmin",
    "IdentityProviderAdmin",
    "InvitationAdmin",
    "MembershipAdmin",
    "OrganisationAdmin",
    "PersonAdmin",
    "RevocationAdmin",
    "ServiceAccountAdmin",
    "SigningKeyAdmin",
    "TeamAdmin",
    "TrustedIssuerAdmin",
]
