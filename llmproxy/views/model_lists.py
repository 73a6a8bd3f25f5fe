"""Models as each family of SDKs expects them on the same path (INTEROP 1.3). Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from llmproxy.catalog import Route
from llmproxy.errors import InvalidParameter

ANTHROPIC_PAGE, GOOGLE_PAGE, LONGEST_PAGE = 20, 50, 1000
CAPABILITIES = ("function_calling", "reasoning", "vision")
GOOGLE_METHODS = {
    "chat": ["generateContent", "streamGenerateContent", "countTokens"],
    "embeddings": ["embedContent", "batchEmbedContents"],
}


def openai_model(route: Route) -> dict[str, Any]:
    """Mistral's SDK reads only items that carry a `type` and `capabilities`, of which it takes none for granted."""
    model = {"id": route.name, "object": "model", "created": route.created, "owned_by": "gatehouse", "type": "base"}
    return {**model, "capabilities": _capabilities(route)}


def _capabilities(route: Route) -> dict[str, bool]:
    """What every deployment behind the route is known to have."""
    each = [deployment.place.capabilities for deployment in route.deployments]
    known = frozenset.intersection(*each) if each else frozenset()
    return {"completion_chat": route.kind == "chat", **{name: True for name in CAPABILITIES if name in known}}


def openai_list(routes: Sequence[Route], query: bytes) -> dict[str, Any]:
    """All at once: the API has no pages."""
    return {"object": "list", "data": [openai_model(route) for route in routes]}


def anthropic_model(route: Route) -> dict[str, Any]:
    """https://docs.anthropic.com/en/api/models"""
    created = datetime.fromtimestamp(route.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    model = {"type": "model", "id": route.name, "display_name": route.name, "created_at": created}
    return {**model, "lifecycle": "active"}


def anthropic_list(routes: Sequence[Route], query: bytes) -> dict[str, Any]:
    """A page: `limit`, and `after_id` or `before_id`. Raises InvalidParameter."""
    asked = _query(query)
    limit = _page_size(asked, "limit", ANTHROPIC_PAGE)
    names = [route.name for route in routes]
    start, end = _place(names, asked, "after_id", -1) + 1, len(routes)
    if "before_id" in asked:
        end = _place(names, asked, "before_id", end)
        start = max(start, end - limit)
    page = routes[start : min(end, start + limit)]
    more = start > 0 if "before_id" in asked else start + limit < end
    return {
        "data": [anthropic_model(route) for route in page],
        "has_more": more,
        "first_id": page[0].name if page else None,
        "last_id": page[-1].name if page else None,
    }


def google_model(route: Route) -> dict[str, Any]:
    """https://ai.google.dev/api/models"""
    return {
        "name": f"models/{route.name}",
        "baseModelId": route.name,
        "version": "1",
        "displayName": route.name,
        "supportedGenerationMethods": GOOGLE_METHODS.get(route.kind, []),
    }


def google_list(routes: Sequence[Route], query: bytes) -> dict[str, Any]:
    """A page: `pageSize` and `pageToken`. Raises InvalidParameter."""
    asked = _query(query)
    size = _page_size(asked, "pageSize", GOOGLE_PAGE)
    start = _place([route.name for route in routes], asked, "pageToken", -1) + 1
    page = routes[start : start + size]
    answer: dict[str, Any] = {"models": [google_model(route) for route in page]}
    if start + size < len(routes):
        answer["nextPageToken"] = page[-1].name
    return answer


def _query(query: bytes) -> dict[str, str]:
    try:
        return {name: values[-1] for name, values in parse_qs(query.decode("ascii"), max_num_fields=20).items()}
    except ValueError as error:
        raise InvalidParameter("The query string could not be read.") from error


def _page_size(asked: Mapping[str, str], name: str, default: int) -> int:
    given = asked.get(name, str(default))
    if not given.isascii() or not given.isdigit() or len(given) > 4 or not 1 <= int(given) <= LONGEST_PAGE:
        raise InvalidParameter(f"`{name}` must be a whole number from 1 to {LONGEST_PAGE}.", param=name)
    return int(given)


def _place(names: Sequence[str], asked: Mapping[str, str], name: str, default: int) -> int:
    if name not in asked:
        return default
    if asked[name] not in names:
        raise InvalidParameter(f"`{name}` is not the name of a model in this list.", param=name)
    return names.index(asked[name])
