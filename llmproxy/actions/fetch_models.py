"""Ask a provider which models it has, and compare with the rows that are here. Nothing is changed."""

from dataclasses import dataclass, field

from accounts.crypto import UnsealError
from audit.context import Target
from audit.log import record
from llmproxy.actions import calling_provider
from llmproxy.adapters import discovery
from llmproxy.adapters.discovery import Listed, NotAList
from llmproxy.catalog.loading import Access
from llmproxy.models import ModelDeployment, Provider
from llmproxy.transport.request import UpstreamRequest


@dataclass
class Review:
    """What a person decides about.

    Attributes:
        new: listed, and not here.
        known: listed, and here.
        gone: here and switched on, and not listed.
        problem: why there is no list; "" where there is one.
    """

    new: list[Listed] = field(default_factory=list)
    known: list[ModelDeployment] = field(default_factory=list)
    gone: list[ModelDeployment] = field(default_factory=list)
    problem: str = ""


def execute(provider: Provider) -> Review:
    """The comparison; the asking is on record."""
    if not provider.discovery_path:
        return Review(problem="This provider publishes no list of its models. Add them by hand under Models.")
    try:
        review = _asked(provider, calling_provider.fresh_access(provider))
    except NotAList as error:
        review = Review(problem=str(error))
    except (UnsealError, ValueError) as error:
        review = Review(problem=f"The stored key cannot be used ({type(error).__name__}).")
    record(
        "admin.provider.models_fetched",
        outcome="failure" if review.problem else "success",
        target=Target("provider", str(provider.pk), provider.name),
        organisation_id=str(provider.organisation_id) if provider.organisation_id else None,
        provider=provider.slug,
        attrs={"new": len(review.new), "known": len(review.known), "gone": len(review.gone)},
    )
    return review


def _asked(provider: Provider, access: Access) -> Review:
    headers = calling_provider.headers(provider, access)
    url = access.adapter.discovery_url(provider.discovery_path)
    request = UpstreamRequest("GET", url, headers, b"", access.timeouts)
    _, answer = calling_provider.call(provider, request, access.credentials.pick())
    if answer.status is None:
        raise NotAList(f"No answer: {answer.problem} Check the base URL, and GATEHOUSE_EGRESS_ALLOW.")
    if answer.status in (401, 403):
        raise NotAList("The provider did not accept the key. Enter it again, or check what it may be used for.")
    if answer.status != 200:
        raise NotAList(f"The provider answered with status {answer.status}. Does it list its models at this address?")
    return _compared(provider, access, discovery.listed_models(answer.body))


def _compared(provider: Provider, access: Access, listed: list[Listed]) -> Review:
    names = {access.adapter.model_name(model.name, provider.wire): model for model in listed}
    rows = list(provider.deployments.order_by("upstream_model"))
    here = {row.upstream_model for row in rows}
    return Review(
        new=[model._replace(name=name) for name, model in sorted(names.items()) if name not in here],
        known=[row for row in rows if row.upstream_model in names],
        gone=[row for row in rows if row.enabled and row.upstream_model not in names],
    )
