"""Checks a generateContent request as strictly as the API does: unknown members, enums and unions.

Members and enums: https://ai.google.dev/api/generate-content and https://ai.google.dev/api/caching
"""

import base64
from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def kind(*types: type) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            yield f"{at} is a {type(value).__name__}"

    return check


def one_of(*names: str) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in names:
            yield f"{at} is {value!r}"

    return check


def listed(inner: Check) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list) or not value:
            yield f"{at} is no list, or empty"
            return
        for number, each in enumerate(value):
            yield from inner(each, f"{at}[{number}]")

    return check


def shaped(required: str = "", union: str = "", **members: Check) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at} is no object"
            return
        yield from (f"{at} lacks {name}" for name in required.split() if name not in value)
        yield from (f"{at} knows no {name}" for name in value if name not in members)
        if union and sum(name in value for name in union.split()) != 1:
            yield f"{at} must have one of {union}"
        for name, each in value.items():
            if name in members:
                yield from members[name](each, f"{at}.{name}")

    return check


def base64_text(value: Any, at: str) -> Iterator[str]:
    try:
        base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        yield f"{at} is not base64"


STRING, NUMBER, INTEGER, BOOLEAN, OBJECT = kind(str), kind(int, float), kind(int), kind(bool), kind(dict)
BLOB = shaped("mimeType data", mimeType=STRING, data=base64_text)
FILE = shaped("fileUri", mimeType=STRING, fileUri=STRING)
DATA = "text inlineData fileData functionCall functionResponse"
PART = shaped(
    union=DATA,
    text=STRING,
    thought=BOOLEAN,
    thoughtSignature=base64_text,
    inlineData=BLOB,
    fileData=FILE,
    functionCall=shaped("name", id=STRING, name=STRING, args=OBJECT),
    functionResponse=shaped(
        "name response", id=STRING, name=STRING, response=OBJECT,
        parts=listed(shaped(union="inlineData fileData", inlineData=BLOB, fileData=FILE)),
    ),
)  # fmt: skip
CONTENT = shaped("parts", role=one_of("user", "model"), parts=listed(PART))
DECLARATION = shaped("name", name=STRING, description=STRING, parametersJsonSchema=OBJECT)
CALLING = shaped(mode=one_of("AUTO", "ANY", "NONE", "VALIDATED"), allowedFunctionNames=listed(STRING))
CONFIG = shaped(
    stopSequences=listed(STRING), responseMimeType=one_of("text/plain", "application/json"), responseJsonSchema=OBJECT,
    candidateCount=INTEGER, maxOutputTokens=INTEGER, temperature=NUMBER, topP=NUMBER, topK=INTEGER, seed=INTEGER,
    presencePenalty=NUMBER, frequencyPenalty=NUMBER, thinkingConfig=shaped(
        includeThoughts=BOOLEAN, thinkingBudget=INTEGER,
        thinkingLevel=one_of("MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"),
    ),
)  # fmt: skip
REQUEST = shaped(
    "contents", contents=listed(CONTENT), systemInstruction=shaped("parts", parts=listed(PART)),
    tools=listed(shaped(functionDeclarations=listed(DECLARATION))),
    toolConfig=shaped(functionCallingConfig=CALLING), generationConfig=CONFIG,
)  # fmt: skip


def faults(body: Any) -> list[str]:
    """What the API would refuse, each with its place; empty where nothing is."""
    return list(REQUEST(body, "request"))
