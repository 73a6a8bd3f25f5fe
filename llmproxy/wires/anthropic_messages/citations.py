"""Citations: a block of text is supported by its sources as a whole.

https://docs.anthropic.com/en/docs/build-with-claude/citations
"""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical.content import Citation

TITLES, URLS = ("title", "document_title"), ("url", "source")


def citation(told: Mapping[str, Any]) -> Citation:
    """One of any of the kinds: of the place within a document only the quoted words are kept."""
    return Citation(_first(told, URLS), _first(told, TITLES), quote=_first(told, ("cited_text",)))


def written(found: Citation) -> dict[str, Any]:
    """As a result of the web where it has an address, else as a document, whose place nobody told us."""
    title = found.title or None
    if found.url:
        return {
            "type": "web_search_result_location",
            "url": found.url,
            "title": title,
            "encrypted_index": "",
            "cited_text": found.quote,
        }
    return {
        "type": "char_location",
        "document_index": 0,
        "document_title": title,
        "start_char_index": 0,
        "end_char_index": len(found.quote),
        "cited_text": found.quote,
    }


def _first(told: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := told.get(name), str) and value), "")
