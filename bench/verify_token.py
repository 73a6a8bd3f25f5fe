"""What it costs to tell who calls: a verified token met again, one met for the first time, an API key.

    PYTHONPATH=platform:. python bench/verify_token.py

Works on a database of its own in a temporary directory.
"""

import os
import tempfile
import timeit
from types import SimpleNamespace

import django

CALLS = 20_000
FIRST_CALLS = 500


def main() -> None:
    """Set up, measure, print."""
    os.environ["GATEHOUSE_DATA"] = tempfile.mkdtemp(prefix="gatehouse-bench-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    for name, seconds, calls in measured():
        print(f"{name:48} {seconds / calls * 1e6:8.2f} us")


def measured() -> list[tuple[str, float, int]]:
    """(what, seconds, calls) of each."""
    # Here, not above: Django is set up by now.
    from django.core.management import call_command

    from accounts.actions import create_api_key, issue_token, rotate_signing_key
    from accounts.apps import AccountsConfig
    from accounts.authentication import GatewayAuthentication
    from accounts.models import Membership, Organisation, SigningKey, User
    from accounts.ring import gateway_audience

    call_command("migrate", verbosity=0)
    organisation = Organisation.objects.create(name="Bench", slug="bench")
    user = User.objects.create_user("bench")
    Membership.objects.create(user=user, organisation=organisation)
    identity = AccountsConfig.current().identity
    authenticate = GatewayAuthentication().authenticate

    def request(credential: str) -> SimpleNamespace:
        return SimpleNamespace(headers={"authorization": f"Bearer {credential}"}, query_string=b"")

    def token() -> SimpleNamespace:
        return request(issue_token.for_person(user, organisation, gateway_audience(), ["models:invoke"], "s").access)

    def first() -> None:
        identity.tokens.clear()
        authenticate(known)

    found = []
    for alg in ("ES256", "RS256", "Ed25519"):
        SigningKey.objects.filter(state="active").delete()
        rotate_signing_key.without_waiting(alg)
        identity.load()
        known = token()
        found.append((f"{alg}, first time", timeit.timeit(first, number=FIRST_CALLS), FIRST_CALLS))
    hit = min(timeit.repeat(lambda: authenticate(known), number=CALLS, repeat=5))
    found.append(("any token, met before", hit, CALLS))
    key = request(create_api_key.execute(organisation, "bench").plain)
    identity.load()
    found.append(("API key", min(timeit.repeat(lambda: authenticate(key), number=CALLS, repeat=5)), CALLS))
    found.append(("issue a token", timeit.timeit(token, number=100), 100))
    return found


if __name__ == "__main__":
    main()
