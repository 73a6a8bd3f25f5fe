"""The identity part of `/api/v1/`."""

from rest_framework.routers import SimpleRouter

from accounts.api.api_keys import ApiKeyViewSet
from accounts.api.identity_providers import IdentityProviderViewSet
from accounts.api.members import InvitationViewSet, MemberViewSet, PersonViewSet
from accounts.api.organisations import OrganisationViewSet, TeamViewSet
from accounts.api.own import OwnKeyViewSet
from accounts.api.service_accounts import ClientCredentialViewSet, ServiceAccountViewSet
from accounts.api.sessions import OwnSessionViewSet, OwnUsageViewSet
from accounts.api.signing_keys import RevocationViewSet, SigningKeyViewSet
from accounts.api.trusted_issuers import IssuerRuleViewSet, TrustedIssuerViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("organisations", OrganisationViewSet, "organisation")
router.register("teams", TeamViewSet, "team")
router.register("members", MemberViewSet, "member")
router.register("invitations", InvitationViewSet, "invitation")
router.register("people", PersonViewSet, "person")
router.register("api-keys", ApiKeyViewSet, "api-key")
router.register("identity-providers", IdentityProviderViewSet, "identity-provider")
router.register("my/api-keys", OwnKeyViewSet, "own-api-key")
router.register("my/sessions", OwnSessionViewSet, "own-session")
router.register("my/usage", OwnUsageViewSet, "own-usage")
router.register("service-accounts", ServiceAccountViewSet, "service-account")
router.register("client-credentials", ClientCredentialViewSet, "client-credential")
router.register("signing-keys", SigningKeyViewSet, "signing-key")
router.register("revocations", RevocationViewSet, "revocation")
router.register("trusted-issuers", TrustedIssuerViewSet, "trusted-issuer")
router.register("issuer-rules", IssuerRuleViewSet, "issuer-rule")

app_name = "api"
urlpatterns = router.urls
