"""Providers made from Mistral's preset before it named the form of ids."""

from importlib import import_module

import pytest
from django.apps import apps

from llmproxy.models import Provider
from llmproxy.presets import PRESETS

fit = import_module("llmproxy.migrations.0023_call_ids_of_earlier_rows").fit
pytestmark = pytest.mark.django_db


def row(slug: str, **fields: object) -> Provider:
    return Provider.objects.create(name=slug, slug=slug, base_url="https://api.mistral.ai/v1", **fields)


def test_they_get_what_the_preset_says_now_and_keep_what_they_have() -> None:
    rename = {"seed": "random_seed"}
    made = row("earlier", preset="mistral", quirks={"rename": rename})
    fit(apps, None)
    made.refresh_from_db()
    assert made.quirks == {"rename": rename, "call_id_length": 9}
    (way,) = PRESETS["mistral"].ways
    assert made.quirks["call_id_length"] == way.quirks["call_id_length"]
    made.full_clean()


def test_others_stay_as_they_are() -> None:
    own = row("own-length", preset="mistral", quirks={"call_id_length": 12})
    other = row("other", preset="openai")
    by_hand = row("by-hand")
    fit(apps, None)
    for provider, quirks in ((own, {"call_id_length": 12}), (other, {}), (by_hand, {})):
        provider.refresh_from_db()
        assert provider.quirks == quirks
