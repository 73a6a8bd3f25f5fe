"""Grounding and citations: where a statement comes from. Google counts in bytes of UTF-8, we in characters.

https://ai.google.dev/api/generate-content#GroundingMetadata
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llmproxy.wires.canonical.content import Citation, Text

Object = Mapping[str, Any]


def says_sources(candidate: Object) -> bool:
    """Whether a candidate says anything of sources; most do not."""
    return "groundingMetadata" in candidate or "citationMetadata" in candidate


def citations(candidate: Object, text: str) -> Iterator[Citation]:
    """What a candidate says of the sources of its text."""
    raw = text.encode()
    grounding = _object(candidate.get("groundingMetadata"))
    sources = [_object(_object(chunk).get("web") or _object(chunk).get("retrievedContext")) for chunk in
               _list(grounding.get("groundingChunks"))]  # fmt: skip
    for support in map(_object, _list(grounding.get("groundingSupports"))):
        start, end = _span(_object(support.get("segment")), raw)
        for number in _list(support.get("groundingChunkIndices")):
            if isinstance(number, int) and 0 <= number < len(sources):
                yield _citation(sources[number], start, end)
    told = _object(candidate.get("citationMetadata"))
    for source in map(_object, _list(told.get("citations") or told.get("citationSources"))):
        yield _citation(source, *_span(source, raw))


def metadata(texts: Sequence[Text]) -> dict[str, Any]:
    """The candidate's grounding for citations of the canonical form; empty where there are none."""
    chunks: list[dict[str, Any]] = []
    supports: list[dict[str, Any]] = []
    for part, text in enumerate(texts):
        for each in text.citations:
            supports.append({"segment": _segment(each, text.text, part), "groundingChunkIndices": [len(chunks)]})
            chunks.append({"web": {"uri": each.url, "title": each.title}})
    return {"groundingChunks": chunks, "groundingSupports": supports} if chunks else {}


def _segment(citation: Citation, text: str, part: int) -> dict[str, Any]:
    start = 0 if citation.start is None else citation.start
    end = len(text) if citation.end is None else citation.end
    said = text[start:end]
    before = len(text[:start].encode())
    return {"partIndex": part, "startIndex": before, "endIndex": before + len(said.encode()), "text": said}


def _span(segment: Object, raw: bytes) -> tuple[int | None, int | None]:
    """The stretch in characters; None where it is not said. Without a start it begins at the beginning."""
    end = segment.get("endIndex")
    if not isinstance(end, int) or isinstance(end, bool):
        return None, None
    start = segment.get("startIndex")
    return _characters(raw, start if isinstance(start, int) else 0), _characters(raw, end)


def _characters(raw: bytes, count: int) -> int:
    return len(raw[: max(0, count)].decode(errors="ignore"))


def _citation(source: Object, start: int | None, end: int | None) -> Citation:
    return Citation(_string(source.get("uri")), _string(source.get("title")), start, end)


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> Object:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
