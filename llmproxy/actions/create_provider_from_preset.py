"""A provider's row from a preset and a person's answers."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Organisation
from audit.context import Target
from audit.log import record
from llmproxy.models import Provider, ProviderCredential
from llmproxy.models.kinds import WIRES
from llmproxy.presets import PRESETS, BadAnswer, Preset, Way


def execute(
    preset: str,
    *,
    way: int = 0,
    answers: Mapping[str, str] | None = None,
    organisation: Organisation | None = None,
    name: str = "",
    slug: str = "",
    secret: str = "",
) -> Provider:
    """Make the row, and its credential where a secret is given; both are on record.

    Args:
        preset: its slug.
        way: which of its ways over wires that are spoken here, counted from 0.
        organisation: None: shared by all.
        name, slug: by default the preset's, with a number behind it where they are taken.

    Raises:
        ValidationError: by field, with `preset`, `way`, `secret` and the names of the answers among them.
    """
    chosen, how = _chosen(preset, way)
    try:
        row = how.row(answers or {})
    except BadAnswer as error:
        raise ValidationError({error.ask: str(error)}) from error
    free = slug or free_slug(chosen.slug)
    provider = Provider(name=name or chosen.name, slug=free, organisation=organisation, preset=chosen.slug, **row)
    with transaction.atomic():
        provider.full_clean()
        provider.save()
        _recorded("admin.provider.created", provider, Target("provider", str(provider.pk), provider.name))
        if secret:
            _add_credential(provider, secret)
    return provider


def free_slug(wanted: str) -> str:
    """`wanted`, or the first `wanted-2`, `wanted-3`, … that no provider has."""
    taken = set(Provider.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    candidates = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)


def _chosen(slug: str, way: int) -> tuple[Preset, Way]:
    preset = PRESETS.get(slug)
    if preset is None:
        raise ValidationError({"preset": "There is no such preset."})
    ways = preset.ways_over(WIRES)
    if not 0 <= way < len(ways):
        raise ValidationError({"way": "The preset has no such way."})
    return preset, ways[way]


def _add_credential(provider: Provider, secret: str) -> None:
    credential = ProviderCredential(provider=provider)
    try:
        credential.set_secret(secret)
    except ValidationError as error:
        raise ValidationError({"secret": error.messages}) from error
    credential.save()
    target = Target("provider_credential", str(credential.pk), credential.name)
    _recorded("admin.provider_credential.created", provider, target)


def _recorded(event: str, provider: Provider, target: Target) -> None:
    about: dict[str, Any] = {"attrs": {"preset": provider.preset}, "provider": provider.slug}
    tenant = provider.organisation_id
    record(event, target=target, organisation_id=str(tenant) if tenant else None, **about)
