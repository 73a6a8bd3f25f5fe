"""Reading the size and the needs of a body for planning: an estimate that costs little, of any wire."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

# Of English and code, over the vocabularies that we know; an estimate, for choosing only.
CHARACTERS_PER_TOKEN: Final = 4
PER_IMAGE: Final = 765
READ: Final = ("messages", "input", "system", "instructions", "contents", "systemInstruction", "prompt", "tools")
# Members whose text is data and not prompt: an image in base64 is no million tokens.
DATA: Final = frozenset({"data", "url", "image_url", "file_data", "fileData", "inlineData", "file_uri", "fileUri"})
IMAGES: Final = frozenset({"image_url", "input_image", "image"})
SOUNDS: Final = frozenset({"input_audio", "audio"})
FILES: Final = frozenset({"file", "input_file", "document"})
# All that a body may be found to need.
NEEDS: Final = frozenset({"vision", "audio_input", "pdf_input", "function_calling", "response_schema"})
# Where each wire has the schema of the answer: in a member, or in a member of one.
GOOGLES: Final = frozenset({"generationConfig", "generation_config"})
SCHEMAS: Final = (
    ("response_format", ""), ("text", "format"), ("output_config", "format"), ("output_format", ""),
    ("generationConfig", "responseSchema"), ("generationConfig", "responseJsonSchema"),
    ("generation_config", "response_schema"), ("generation_config", "response_json_schema"),
)  # fmt: skip
LIMITS: Final = ("max_tokens", "max_completion_tokens", "max_output_tokens")
DEEPEST: Final = 12
MOST_METADATA: Final = 50


def prompt_tokens(body: Mapping[str, Any]) -> int:
    """About how many tokens the prompt has."""
    characters = sum(_size(body[name], 0) for name in READ if name in body)
    return -(-characters // CHARACTERS_PER_TOKEN)


def _size(value: Any, depth: int) -> int:
    if isinstance(value, str):
        return len(value)
    if depth > DEEPEST:
        return 0
    if isinstance(value, list):
        return sum(_size(item, depth + 1) for item in value)
    if isinstance(value, Mapping):
        return sum(
            PER_IMAGE * CHARACTERS_PER_TOKEN if name in DATA else _size(item, depth + 1) for name, item in value.items()
        )
    return CHARACTERS_PER_TOKEN if isinstance(value, int | float) else 0


def most_output(body: Mapping[str, Any]) -> int | None:
    """What the caller set as its most; None where it set none, or nonsense."""
    config = body.get("generationConfig")
    found = [body.get(name) for name in LIMITS]
    found.append(config.get("maxOutputTokens") if isinstance(config, Mapping) else None)
    return next(
        (value for value in found if isinstance(value, int) and not isinstance(value, bool) and value > 0), None
    )


def needs(body: Mapping[str, Any]) -> frozenset[str]:
    """The capabilities that the body makes use of, by the names of the known models."""
    found = set(_of_parts(body))
    if body.get("tools"):
        found.add("function_calling")
    if any(_holds(body, *where) for where in SCHEMAS):
        found.add("response_schema")
    return frozenset(found)


def _holds(body: Mapping[str, Any], outer: str, inner: str) -> bool:
    """Whether a schema of the answer stands there; a format of OpenAI's or Anthropic's may be another than JSON's."""
    held = body.get(outer)
    found = held.get(inner) if isinstance(held, Mapping) and inner else held
    return isinstance(found, Mapping) and (outer in GOOGLES or found.get("type") == "json_schema")


def _of_parts(body: Mapping[str, Any]) -> Iterator[str]:
    for name in ("messages", "input", "contents"):
        turns = body.get(name)
        for turn in turns if isinstance(turns, list) else ():
            parts = (turn.get("content") or turn.get("parts")) if isinstance(turn, Mapping) else None
            for part in parts if isinstance(parts, list) else ():
                if isinstance(part, Mapping):
                    yield from _of_part(part)


def _of_part(part: Mapping[str, Any]) -> Iterator[str]:
    kind = part.get("type")
    if not isinstance(kind, str):
        kind = "image" if "inlineData" in part or "fileData" in part else ""
    if kind in IMAGES:
        yield "vision"
    elif kind in SOUNDS:
        yield "audio_input"
    elif kind in FILES:
        yield "pdf_input"


def metadata(body: Mapping[str, Any]) -> dict[str, str]:
    """The texts of the body's `metadata`."""
    given = body.get("metadata")
    if not isinstance(given, Mapping):
        return {}
    texts = ((name, value) for name, value in given.items() if isinstance(value, str))
    return dict(list(texts)[:MOST_METADATA])


def end_user(body: Mapping[str, Any]) -> str:
    """Whom the caller names as its end user; "" where nobody."""
    named = body.get("safety_identifier") or body.get("user") or metadata(body).get("user_id")
    return named if isinstance(named, str) else ""
