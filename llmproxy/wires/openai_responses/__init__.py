"""OpenAI's Responses, as a client's and as a provider's wire, without what it keeps between calls.

https://platform.openai.com/docs/api-reference/responses
"""

from llmproxy.wires.openai_responses.answer_reading import read_answer
from llmproxy.wires.openai_responses.answer_writing import write_answer
from llmproxy.wires.openai_responses.request_reading import read_request
from llmproxy.wires.openai_responses.request_writing import SUPPORTED, write_request
from llmproxy.wires.openai_responses.stream_parser import Parser
from llmproxy.wires.openai_responses.stream_renderer import Renderer
from llmproxy.wires.sides import ClientSide, ProviderSide

CLIENT = ClientSide(lambda body, _: read_request(body), write_answer, lambda facts, _: Renderer(facts), "resp_")
PROVIDER = ProviderSide(write_request, read_answer, Parser, SUPPORTED, usually_free_text=True)
