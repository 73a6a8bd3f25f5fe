"""Which price holds for a model now."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from llmproxy.catalog.loading import load
from llmproxy.models import ModelDeployment, ModelFacts, Price
from llmproxy.pricing import Price as Frozen
from tests.gateway_world import World


@pytest.fixture
def deployment(world: World) -> ModelDeployment:
    world.add_route(world.add_provider("https://api.example.com/v1"))
    facts = ModelFacts.objects.create(catalogue="openai", model="gpt")
    ModelDeployment.objects.update(facts=facts)
    return ModelDeployment.objects.select_related("facts").get()


def found(world: World) -> Frozen | None:
    return load(1).models_for(str(world.organisation.pk))["public"].deployments[0].price


def add(**values: object) -> Price:
    return Price.objects.create(input=Decimal(1), **values)  # type: ignore[misc]


def test_none_is_unknown(deployment: ModelDeployment, world: World) -> None:
    assert found(world) is None


def test_ones_own_goes_before_the_published_one(deployment: ModelDeployment, world: World) -> None:
    published = add(facts=deployment.facts)
    price = found(world)
    assert price is not None
    assert price.id == str(published.pk)
    own = add(deployment=deployment)
    price = found(world)
    assert price is not None
    assert price.id == str(own.pk)


def test_past_and_future_ones_do_not_hold(deployment: ModelDeployment, world: World) -> None:
    now, day = timezone.now(), timedelta(days=1)
    add(deployment=deployment, valid_from=now - 2 * day, valid_to=now - day)
    add(deployment=deployment, valid_from=now + day)
    assert found(world) is None


def test_of_several_the_one_that_began_last_holds(deployment: ModelDeployment, world: World) -> None:
    now = timezone.now()
    add(deployment=deployment, valid_from=now - timedelta(days=2))
    later = add(deployment=deployment, valid_from=now - timedelta(days=1))
    price = found(world)
    assert price is not None
    assert price.id == str(later.pk)


def test_one_that_cannot_be_read_is_unknown_and_named(deployment: ModelDeployment, world: World) -> None:
    add(deployment=deployment, tiers={"many": {"input": "1"}})
    catalog = load(1)
    assert catalog.models_for(str(world.organisation.pk))["public"].deployments[0].price is None
    assert "cannot be read" in catalog.problems[0]


@pytest.mark.parametrize(
    "tiers", [{"x": {}}, {"1": {"input": "-1"}}, {"1": {"inputs": "1"}}, {"1": {"input": "NaN"}}, {"1": 5}, [1],
              {"1": {"input": "many"}}]
)  # fmt: skip
def test_odd_tiers_are_refused(deployment: ModelDeployment, tiers: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Price(deployment=deployment, tiers=tiers).clean()
    assert "tiers" in refused.value.message_dict


def test_a_price_is_of_exactly_one_thing(deployment: ModelDeployment) -> None:
    for of in ({}, {"deployment": deployment, "facts": deployment.facts}):
        with pytest.raises(ValidationError):
            Price(**of).clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            add(**of)


def test_it_cannot_end_before_it_begins(deployment: ModelDeployment) -> None:
    now = timezone.now()
    with pytest.raises(ValidationError):
        Price(deployment=deployment, valid_from=now, valid_to=now).clean()
