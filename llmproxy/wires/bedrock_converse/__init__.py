"""AWS Bedrock's Converse and ConverseStream, as a provider's wire.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from llmproxy.wires.bedrock_converse.answer import read_answer
from llmproxy.wires.bedrock_converse.request import SUPPORTED, write_request
from llmproxy.wires.bedrock_converse.stream import Parser
from llmproxy.wires.sides import ProviderSide

PROVIDER = ProviderSide(lambda request, _: write_request(request), read_answer, Parser, SUPPORTED)
