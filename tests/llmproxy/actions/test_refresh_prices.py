"""Refreshing prices: seen, confirmed, then done; what was entered by hand stays."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper

from audit.models import OutboxRecord
from llmproxy.actions import link_deployments, refresh_prices
from llmproxy.models import ModelDeployment, ModelFacts, Price
from llmproxy.pricing.published import Entry, Table
from tests.gateway_world import World

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


def table(**prices: str) -> Table:
    entries = [
        Entry("openai", name.replace("_", "-"), prices={"input": Decimal(price), "output": Decimal("10")})
        for name, price in prices.items()
    ]
    return Table.of("test", "1", entries)


def test_the_first_one_makes_models_and_prices() -> None:
    refresh_prices.apply(table(gpt_a="1", gpt_b="2.5"), now=NOW)
    assert ModelFacts.objects.count() == 2
    price = Price.objects.get(facts__model="gpt-b")
    assert (price.input, price.valid_from, price.valid_to, price.source) == (Decimal("2.5"), NOW, None, "test")


def test_looking_changes_nothing() -> None:
    review = refresh_prices.review(table(gpt_a="1"), NOW)
    assert len(review.new) == 1
    assert not ModelFacts.objects.exists()


def test_a_changed_price_ends_and_another_begins_at_the_same_moment() -> None:
    refresh_prices.apply(table(gpt_a="1", gpt_b="1"), now=NOW)
    done = refresh_prices.apply(table(gpt_a="2", gpt_b="1"), now=LATER)
    assert (len(done.changed), done.same) == (1, 1)
    old, new = Price.objects.filter(facts__model="gpt-a").order_by("valid_from")
    assert (old.input, old.valid_to) == (1, LATER)
    assert (new.input, new.valid_from, new.valid_to) == (2, LATER, None)
    assert Price.objects.holding(NOW).get(facts__model="gpt-a") == old


def test_a_second_refresh_with_the_same_table_changes_nothing() -> None:
    refresh_prices.apply(table(gpt_a="1"), now=NOW)
    review = refresh_prices.review(table(gpt_a="1"), LATER)
    assert (review.new, review.changed, review.same) == ((), (), 1)


def test_a_price_entered_by_hand_is_kept_and_shown() -> None:
    refresh_prices.apply(table(gpt_a="1"), now=NOW)
    Price.objects.update(source="manual")
    done = refresh_prices.apply(table(gpt_a="2"), now=LATER)
    assert len(done.kept) == 1
    assert Price.objects.get().input == 1


def test_what_was_confirmed_must_be_what_would_be_done() -> None:
    refresh_prices.apply(table(gpt_a="1"), now=NOW)
    seen = refresh_prices.review(table(gpt_a="2"), NOW).digest
    with pytest.raises(refresh_prices.OutOfDate):
        refresh_prices.apply(table(gpt_a="3"), seen, LATER)
    assert Price.objects.get().input == 1
    refresh_prices.apply(table(gpt_a="2"), seen, LATER)
    assert Price.objects.count() == 2


def test_an_entry_without_a_price_makes_a_known_model_whose_price_is_unknown() -> None:
    refresh_prices.apply(Table.of("test", "1", [Entry("openai", "whisper")]), now=NOW)
    assert ModelFacts.objects.exists()
    assert not Price.objects.exists()


def test_it_is_on_record_with_the_tables_digest() -> None:
    made = table(gpt_a="1")
    refresh_prices.apply(made, now=NOW)
    records = b"".join(bytes(row.raw) for row in OutboxRecord.objects.all())
    assert b"admin.prices.refreshed" in records
    assert made.digest.encode() in records


def test_models_find_what_is_known_of_them(world: World) -> None:
    refresh_prices.apply(Table.of("test", "1", [Entry("openai", "gpt-4o", prices={"input": Decimal(1)})]), now=NOW)
    provider = world.add_provider("https://api.openai.com/v1")
    row = ModelDeployment.objects.create(provider=provider, upstream_model="gpt-4o")
    own = ModelDeployment.objects.create(provider=provider, upstream_model="house-model")
    assert link_deployments.execute() == 1
    row.refresh_from_db()
    own.refresh_from_db()
    assert row.facts is not None
    assert row.facts.model == "gpt-4o"
    assert own.facts is None


def test_the_packaged_table_fits_into_the_rows() -> None:
    done = refresh_prices.apply(refresh_prices.packaged(NOW), now=NOW)
    assert len(done.new) > 2000
    again = refresh_prices.review(refresh_prices.packaged(NOW), LATER)
    assert (again.new, again.changed) == ((), ())
    for price in Price.objects.all():
        price.full_clean()


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("prices", *arguments, stdout=OutputWrapper(out))
    return out.getvalue()


def test_the_command_reviews_and_refreshes() -> None:
    assert "models are new" in run("review")
    assert not ModelFacts.objects.exists()
    assert "models added" in run("refresh", "--yes")
    assert "0 prices change, 0 models are new" in run("review")


def test_the_command_imports_a_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "prices.json"
    file.write_bytes(orjson.dumps({"m": {"litellm_provider": "openai", "input_cost_per_token": 1e-06}}))
    run("import", str(file), "--yes")
    assert Price.objects.get().input == 1


@pytest.mark.parametrize("content", [None, b"", b"{}"])
def test_the_command_refuses_what_it_cannot_read(tmp_path, content: bytes | None) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "prices.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError):
        run("import", str(file), "--yes")
    with pytest.raises(CommandError):
        run("import")


def test_without_a_yes_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "n")
    with pytest.raises(CommandError, match="Nothing was changed"):
        run("refresh")
    assert not ModelFacts.objects.exists()
