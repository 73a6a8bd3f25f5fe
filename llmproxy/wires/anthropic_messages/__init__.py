"""Anthropic's Messages, as a client's and as a provider's wire.

https://docs.anthropic.com/en/api/messages
"""

from llmproxy.wires.anthropic_messages.answer_reading import read_answer
from llmproxy.wires.anthropic_messages.answer_writing import write_answer
from llmproxy.wires.anthropic_messages.request_reading import read_request
from llmproxy.wires.anthropic_messages.request_writing import DEFAULT_MAX_TOKENS, SUPPORTED, write_request
from llmproxy.wires.anthropic_messages.stream_parser import Parser
from llmproxy.wires.anthropic_messages.stream_renderer import Renderer
from llmproxy.wires.sides import ClientSide, ProviderSide

CLIENT = ClientSide(lambda body, _: read_request(body), write_answer, lambda facts, _: Renderer(facts), "msg_")
PROVIDER = ProviderSide(write_request, read_answer, Parser, SUPPORTED, DEFAULT_MAX_TOKENS)
