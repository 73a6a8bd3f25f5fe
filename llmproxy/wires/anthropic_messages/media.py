"""Images and documents. https://docs.anthropic.com/en/docs/build-with-claude/vision and .../pdf-support"""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.anthropic_messages.cache import lifetime, marked
from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.content import Media
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter

IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
PDF, PLAIN = "application/pdf", "text/plain"
KINDS = {"image": "image", "document": "file"}
Block = dict[str, Any]


def read(block: Mapping[str, Any], kind: str, at: str) -> Media:
    """An `image` or a `document`. Raises BadRequest, UnsupportedParameter."""
    source = reading.mapping(block, "source", at) or {}
    here = f"{at}.source"
    cites = reading.mapping(block, "citations", at) or {}
    common: dict[str, Any] = {
        "kind": KINDS[kind],
        "name": reading.optional_text(block, "title", at),
        "cache": lifetime(block, at),
        "cite": reading.boolean(cites, "enabled", f"{at}.citations") is True,
    }
    if block.get("context") or block.get("transformations"):
        raise UnsupportedParameter(f"{at}.{'context' if block.get('context') else 'transformations'}")
    found = reading.text(source, "type", here)
    if found == "base64":
        media_type = reading.text(source, "media_type", here)
        return Media(**common, type=media_type, data=reading.text(source, "data", here))
    if found == "url":
        return Media(**common, type=PDF if kind == "document" else "", url=reading.text(source, "url", here))
    if kind == "document" and found == "text":
        return Media(**common, type=PLAIN, text=reading.text(source, "data", here))
    if kind == "document" and found == "content":
        return Media(**common, type=PLAIN, text=_joined(source, here))
    if found == "file":
        raise UnsupportedParameter(f"{here}.file_id", "the file lies with another provider. Send the bytes.")
    raise BadRequest(f"{here}.type must be base64, url or text.", f"{here}.type")


def _joined(source: Mapping[str, Any], at: str) -> str:
    """A document that is given as blocks of text."""
    if isinstance(source.get("content"), str):
        return str(source["content"])
    texts = []
    for here, each in reading.objects(source, "content", at):
        if each.get("type") != "text":
            raise UnsupportedParameter(here, "its documents hold text only")
        texts.append(reading.text(each, "text", here))
    return "\n".join(texts)


def written(media: Media) -> Block:
    """The content block. Raises UnsupportedParameter for what the API has no block for."""
    media_type = media.type.partition(";")[0].strip().lower()
    media_type = "image/jpeg" if media_type == "image/jpg" else media_type
    if media.kind == "image" or (media.kind == "file" and media_type in IMAGES):
        return marked({"type": "image", "source": _image(media, media_type)}, media.cache)
    if media.kind != "file":
        raise UnsupportedParameter(media.kind)
    block: Block = {"type": "document", "source": _document(media, media_type)}
    if media.name:
        block["title"] = media.name
    if media.cite:
        block["citations"] = {"enabled": True}
    return marked(block, media.cache)


def _image(media: Media, media_type: str) -> Block:
    if media.url:
        return {"type": "url", "url": media.url}
    if media_type not in IMAGES:
        raise UnsupportedParameter("image", f"it takes none of the media type {media.type[:80]!r}")
    return {"type": "base64", "media_type": media_type, "data": media.data}


def _document(media: Media, media_type: str) -> Block:
    if media.url:
        return {"type": "url", "url": media.url}
    if media.text:
        return {"type": "text", "media_type": PLAIN, "data": media.text}
    if media_type not in (PDF, ""):
        raise UnsupportedParameter("file", f"it takes none of the media type {media.type[:80]!r}")
    return {"type": "base64", "media_type": PDF, "data": media.data}
