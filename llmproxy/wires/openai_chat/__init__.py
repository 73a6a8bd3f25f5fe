"""OpenAI's chat completions, as a client's and as a provider's wire: passed through, or translated.

https://platform.openai.com/docs/api-reference/chat
"""

from llmproxy.wires.openai_chat.answer_reading import read_answer
from llmproxy.wires.openai_chat.answer_writing import write_answer
from llmproxy.wires.openai_chat.passthrough import (
    NEVER_FROM_CLIENTS,
    Prepared,
    Rules,
    prepare,
    usage_from,
    usage_of,
)
from llmproxy.wires.openai_chat.request_reading import read_request
from llmproxy.wires.openai_chat.request_writing import SUPPORTED, write_request
from llmproxy.wires.openai_chat.stream_parser import Parser
from llmproxy.wires.openai_chat.stream_renderer import Renderer
from llmproxy.wires.sides import ClientSide, ProviderSide

__all__ = ["CLIENT", "NEVER_FROM_CLIENTS", "PROVIDER", "Prepared", "Rules", "prepare", "usage_from", "usage_of"]

CLIENT = ClientSide(lambda body, _: read_request(body), write_answer, lambda facts, _: Renderer(facts), "chatcmpl-")
PROVIDER = ProviderSide(write_request, read_answer, Parser, SUPPORTED)
