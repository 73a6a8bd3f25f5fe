"""Make rows of the models that a person chose from a provider's list, with routes if wanted; switch off others."""

from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from audit.context import Target
from audit.log import record
from llmproxy.actions import link_deployments
from llmproxy.models import ModelDeployment, Provider, Route, RouteDeployment


def execute(
    provider: Provider, chosen: Mapping[str, str], *, with_routes: bool = False, switch_off: Iterable[str] = ()
) -> tuple[int, int, int]:
    """How many models were added, routes made and models switched off; all in one transaction and on record.

    Args:
        chosen: the provider's names of the models, with their kinds.
        with_routes: make a route of the same public name where there is none yet.
        switch_off: names of models of this provider that are no longer to be called.

    Raises:
        ValidationError: a name or a kind that cannot be.
    """
    with transaction.atomic():
        added = [row for name, kind in sorted(chosen.items()) if (row := _added(provider, name, kind)) is not None]
        link_deployments.execute(added)
        routes = sum(_route_made(row) for row in added) if with_routes else 0
        gone = list(provider.deployments.filter(upstream_model__in=list(switch_off), enabled=True))
        for row in gone:
            row.enabled = False
            row.save()
            _recorded("admin.model_deployment.updated", provider, "model_deployment", str(row.pk), row.upstream_model)
    return len(added), routes, len(gone)


def _added(provider: Provider, name: str, kind: str) -> ModelDeployment | None:
    row = ModelDeployment(provider=provider, upstream_model=name, kind=kind)
    if provider.deployments.filter(upstream_model=name, kind=kind).exists():
        return None
    try:
        row.full_clean()
    except ValidationError as error:
        raise ValidationError(f"{name[:80]!r}: {' '.join(error.messages)}") from error
    row.save()
    _recorded("admin.model_deployment.created", provider, "model_deployment", str(row.pk), name)
    return row


def _route_made(deployment: ModelDeployment) -> bool:
    provider, name = deployment.provider, deployment.upstream_model
    route, made = Route.objects.get_or_create(
        organisation=provider.organisation, public_name=name, defaults={"kind": deployment.kind}
    )
    if made:
        RouteDeployment.objects.create(route=route, deployment=deployment)
        _recorded("admin.route.created", provider, "route", str(route.pk), name)
    return made


def _recorded(event: str, provider: Provider, kind: str, pk: str, name: str) -> None:
    tenant = str(provider.organisation_id) if provider.organisation_id else None
    record(event, target=Target(kind, pk, name), organisation_id=tenant, provider=provider.slug)
