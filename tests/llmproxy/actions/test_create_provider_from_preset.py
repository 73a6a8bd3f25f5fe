"""A provider's row from a preset."""

import pytest
from django.core.exceptions import ValidationError

from audit.models import OutboxRecord
from llmproxy.actions import create_provider_from_preset
from llmproxy.models import Provider
from tests.gateway_world import SECRET, World


def test_the_row_and_its_key_are_there(world: World) -> None:
    provider = create_provider_from_preset.execute("mistral", organisation=world.organisation, secret=SECRET)
    assert (provider.name, provider.slug, provider.preset) == ("Mistral", "mistral", "mistral")
    assert provider.base_url == "https://api.mistral.ai/v1"
    assert "stream_options" in provider.quirks["drop"]
    assert provider.credentials.get().secret() == SECRET


def test_both_are_on_record_without_the_secret(world: World) -> None:
    create_provider_from_preset.execute("mistral", organisation=world.organisation, secret=SECRET)
    records = b"".join(bytes(row.raw) for row in OutboxRecord.objects.all())
    assert b"admin.provider.created" in records
    assert b"admin.provider_credential.created" in records
    assert SECRET.encode() not in records


def test_a_second_one_gets_a_slug_of_its_own(world: World) -> None:
    slugs = [create_provider_from_preset.execute("groq").slug for _ in range(3)]
    assert slugs == ["groq", "groq-2", "groq-3"]


@pytest.mark.parametrize(
    ("preset", "options", "field"),
    [
        ("nonsense", {}, "preset"), ("groq", {"way": 9}, "way"), ("groq", {"way": -1}, "way"),
        ("azure-openai", {}, "resource"), ("vllm", {"answers": {"base_url": "http://127.0.0.1:1/v1"}}, "base_url"),
        ("groq", {"secret": "a\nb"}, "secret"), ("groq", {"slug": "not a slug"}, "slug"),
    ],
)  # fmt: skip
def test_bad_input_is_named_by_its_field_and_leaves_nothing(
    world: World, preset: str, options: dict[str, object], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        create_provider_from_preset.execute(preset, **options)  # type: ignore[arg-type]
    assert field in refused.value.message_dict
    assert not Provider.objects.exists()
