"""Checks a generateContent request as strictly as the API does: unknown members, enums and unions.

Members and enums: https://ai.google.dev/api/generate-content and https://ai.google.dev/api/caching
"""

from typing import Any

from tests.json_shapes import BOOLEAN, INTEGER, NUMBER, OBJECT, STRING, base64_text, listed, one_of, shaped

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
    presencePenalty=NUMBER, frequencyPenalty=NUMBER, responseLogprobs=BOOLEAN, logprobs=INTEGER, thinkingConfig=shaped(
        includeThoughts=BOOLEAN, thinkingBudget=INTEGER,
        thinkingLevel=one_of("MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"),
    ),
)  # fmt: skip
REQUEST = shaped(
    "contents", contents=listed(CONTENT), systemInstruction=shaped("parts", role=one_of("user"), parts=listed(PART)),
    tools=listed(shaped(functionDeclarations=listed(DECLARATION))),
    toolConfig=shaped(functionCallingConfig=CALLING), generationConfig=CONFIG,
)  # fmt: skip


def faults(body: Any) -> list[str]:
    """What the API would refuse, each with its place; empty where nothing is."""
    return list(REQUEST(body, "request"))
