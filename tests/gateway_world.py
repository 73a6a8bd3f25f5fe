"""A small world for gateway tests: Alice owns, Bob is on her team, Charlie belongs elsewhere and must see nothing."""

from dataclasses import dataclass

from accounts.actions import create_api_key, rotate_signing_key
from accounts.models import Membership, Organisation, Role, Team, User
from llmproxy.models import ModelDeployment, Provider, ProviderCredential, Route, RouteDeployment

PASSWORD = "a long enough password"
SECRET = "sk-canary-0123456789abcdef"


@dataclass
class World:
    """Rows and the plain keys of them."""

    alice: User
    bob: User
    charlie: User
    organisation: Organisation
    elsewhere: Organisation
    team: Team
    key: str
    strangers_key: str

    @classmethod
    def build(cls) -> "World":
        """Two organisations, three people, two keys, a signing key."""
        organisation = Organisation.objects.create(name="Alpha", slug="alpha")
        elsewhere = Organisation.objects.create(name="Elsewhere", slug="elsewhere")
        team = Team.objects.create(organisation=organisation, name="Builders")
        alice, bob, charlie = (
            User.objects.create_user(name, password=PASSWORD) for name in ("alice", "bob", "charlie")
        )
        Membership.objects.create(user=alice, organisation=organisation, role=Role.OWNER)
        Membership.objects.create(user=bob, organisation=organisation, team=team, role=Role.DEVELOPER)
        Membership.objects.create(user=charlie, organisation=elsewhere, role=Role.OWNER)
        rotate_signing_key.ensure()
        key = create_api_key.execute(organisation, "app", team=team).plain
        strangers_key = create_api_key.execute(elsewhere, "other app").plain
        return cls(alice, bob, charlie, organisation, elsewhere, team, key, strangers_key)

    def add_provider(self, base_url: str, slug: str = "local", **options: object) -> Provider:
        """A provider of Alpha with a credential."""
        provider = Provider.objects.create(
            organisation=self.organisation, name=slug, slug=slug, base_url=base_url, **options
        )
        credential = ProviderCredential(provider=provider)
        credential.set_secret(SECRET)
        credential.save()
        return provider

    def add_route(self, provider: Provider, name: str = "public", *, kind: str = "chat", default: bool = True) -> Route:
        """A route of Alpha to a model of `provider`."""
        deployment, _ = ModelDeployment.objects.get_or_create(provider=provider, upstream_model=f"up-{name}", kind=kind)
        route = Route.objects.create(organisation=self.organisation, public_name=name, kind=kind, is_default=default)
        RouteDeployment.objects.create(route=route, deployment=deployment)
        return route
