"""Which wires there are, by the names that rows have for them. A new one is a package and a line or two here."""

from collections.abc import Mapping

from llmproxy.wires import anthropic_messages, bedrock_converse, gemini_generate, openai_chat, openai_responses
from llmproxy.wires.sides import ClientSide, ProviderSide

CLIENTS: Mapping[str, ClientSide] = {
    "anthropic_messages": anthropic_messages.CLIENT,
    "gemini": gemini_generate.CLIENT,
    "openai_chat": openai_chat.CLIENT,
    "openai_responses": openai_responses.CLIENT,
}
PROVIDERS: Mapping[str, ProviderSide] = {
    "anthropic_messages": anthropic_messages.PROVIDER,
    "gemini": gemini_generate.PROVIDER,
    "openai_chat": openai_chat.PROVIDER,
    "openai_responses": openai_responses.PROVIDER,
    "bedrock_converse": bedrock_converse.PROVIDER,
}
