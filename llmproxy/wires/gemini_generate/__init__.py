"""Gemini's generateContent and streamGenerateContent, as a client's and as a provider's wire.

https://ai.google.dev/api/generate-content
"""

from llmproxy.wires.gemini_generate.answer_reading import read_answer
from llmproxy.wires.gemini_generate.answer_writing import write_answer
from llmproxy.wires.gemini_generate.request_reading import read_request
from llmproxy.wires.gemini_generate.request_writing import SUPPORTED, write_request
from llmproxy.wires.gemini_generate.stream_parser import Parser
from llmproxy.wires.gemini_generate.stream_renderer import Renderer
from llmproxy.wires.sides import ClientSide, ProviderSide

CLIENT = ClientSide(
    lambda body, stream: read_request(body, stream=stream), write_answer, lambda facts, _: Renderer(facts), ""
)
PROVIDER = ProviderSide(lambda request, _: write_request(request), read_answer, Parser, SUPPORTED)
