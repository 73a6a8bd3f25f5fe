"""Error formats, one file each: how a refusal looks to the client's SDK."""

from collections.abc import Mapping

from llmproxy.dialects.anthropic import Anthropic
from llmproxy.dialects.dialect import Dialect
from llmproxy.dialects.google import Google
from llmproxy.dialects.openai import OpenAI, OpenAIResponses

OPENAI, OPENAI_RESPONSES, ANTHROPIC, GOOGLE = OpenAI(), OpenAIResponses(), Anthropic(), Google()

__all__ = ["ANTHROPIC", "GOOGLE", "OPENAI", "OPENAI_RESPONSES", "Dialect", "spoken_by"]


def spoken_by(headers: Mapping[str, str]) -> Dialect:
    """The dialect of a client on a path that several families of SDKs share (INTEROP 1.3)."""
    if "x-goog-api-key" in headers:
        return GOOGLE
    return ANTHROPIC if "anthropic-version" in headers else OPENAI
