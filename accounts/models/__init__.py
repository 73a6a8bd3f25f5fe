"""Rows of the accounts app, one subject a file."""

from accounts.models.api_key import ApiKey
from accounts.models.browser_session import BrowserSession
from accounts.models.change_event import ChangeEvent
from accounts.models.client_credential import ClientCredential
from accounts.models.idempotent_answer import IdempotentAnswer
from accounts.models.identity_provider import IdentityProvider
from accounts.models.invitation import Invitation
from accounts.models.membership import Membership, Role
from accounts.models.organisation import Organisation
from accounts.models.password_reset import PasswordReset
from accounts.models.refresh import RefreshFamily, RefreshToken
from accounts.models.revocation import Revocation
from accounts.models.service_account import ServiceAccount
from accounts.models.signing_key import SigningKey
from accounts.models.team import Team
from accounts.models.trusted_issuer import IssuerRule, TrustedIssuer
from accounts.models.user import User

__all__ = [
    "ApiKey",
    "BrowserSession",
    "ChangeEvent",
    "ClientCredential",
    "IdempotentAnswer",
    "IdentityProvider",
    "Invitation",
    "IssuerRule",
    "Membership",
    "Organisation",
    "PasswordReset",
    "RefreshFamily",
    "RefreshToken",
    "Revocation",
    "Role",
    "ServiceAccount",
    "SigningKey",
    "Team",
    "TrustedIssuer",
    "User",
]
