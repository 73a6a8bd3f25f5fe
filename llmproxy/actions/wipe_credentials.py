"""Remove a provider's keys: its host changed, and a key is for the host that it was entered for."""

from django.db import transaction

from accounts.changes import announce
from audit.context import Target
from audit.log import record
from llmproxy.models import Provider, ProviderCredential


def execute(provider: Provider) -> int:
    """How many keys were removed."""
    with transaction.atomic():
        credentials = list(ProviderCredential.objects.filter(provider=provider))
        for credential in credentials:
            record(
                "admin.provider_credential.deleted",
                target=Target("provider_credential", str(credential.pk), credential.name),
                organisation_id=str(provider.organisation_id) if provider.organisation_id else None,
                reason="the provider's host changed",
            )
        ProviderCredential.objects.filter(provider=provider).delete()
        announce("catalog")
    return len(credentials)
