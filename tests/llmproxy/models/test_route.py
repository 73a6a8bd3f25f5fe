"""Routes: names that applications use, and who may use them."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from llmproxy.models import ModelDeployment, Route, RouteDeployment
from tests.gateway_world import World


def test_a_shared_name_exists_once(world: World) -> None:
    Route.objects.create(public_name="shared")
    with pytest.raises(IntegrityError), transaction.atomic():
        Route.objects.create(public_name="shared")
    with pytest.raises(ValidationError, match="There is a shared route of this name already."):
        Route(public_name="shared").full_clean()
    Route.objects.create(public_name="shared", organisation=world.organisation)


def test_an_organisations_provider_serves_no_other_organisations_route(world: World) -> None:
    provider = world.add_provider("https://api.example.com/v1")
    deployment = ModelDeployment.objects.create(provider=provider, upstream_model="m")
    for owner in (None, world.elsewhere):
        route = Route.objects.create(public_name="r", organisation=owner)
        with pytest.raises(ValidationError):
            RouteDeployment(route=route, deployment=deployment).clean()


def test_a_chat_route_does_not_lead_to_an_embedding_model(world: World) -> None:
    provider = world.add_provider("https://api.example.com/v1")
    deployment = ModelDeployment.objects.create(provider=provider, upstream_model="m", kind="embeddings")
    route = Route.objects.create(public_name="r", organisation=world.organisation)
    with pytest.raises(ValidationError):
        RouteDeployment(route=route, deployment=deployment).clean()


def test_a_person_sees_shared_rows_and_his_own_and_changes_only_his_own(world: World) -> None:
    Route.objects.create(public_name="shared")
    Route.objects.create(public_name="alphas", organisation=world.organisation)
    Route.objects.create(public_name="theirs", organisation=world.elsewhere)

    def names(rows: object) -> set[str]:
        return set(rows.values_list("public_name", flat=True))  # type: ignore[attr-defined]

    assert names(Route.objects.visible_to(world.alice)) == {"shared", "alphas"}
    assert names(Route.objects.changeable_by(world.alice)) == {"alphas"}
    assert names(Route.objects.changeable_by(world.bob)) == set()
    assert names(Route.objects.visible_to(world.charlie)) == {"shared", "theirs"}
