"""Embeddings between OpenAI's wire and Gemini's, and to Cohere's and Amazon's models on Bedrock, one file each.

https://platform.openai.com/docs/api-reference/embeddings and https://ai.google.dev/api/embeddings
"""

from llmproxy.wires.embedding import cohere, gemini, openai, titan
from llmproxy.wires.embedding.vectors import EmbeddingProvider

PROVIDERS = {
    "openai_chat": EmbeddingProvider(openai.write_request, openai.read_answer),
    "bedrock_converse": EmbeddingProvider(cohere.write_request, cohere.read_answer),
    "gemini": EmbeddingProvider(gemini.write_request, gemini.read_answer),
}
# Bedrock takes in each family's own body, and the id of the model says the family.
FAMILIES = {"bedrock_converse": {titan.FAMILY: EmbeddingProvider(titan.write_request, titan.read_answer)}}


def spoken_to(wire: str, model: str) -> EmbeddingProvider:
    """How a model is asked over `wire`, by the provider's name of the model."""
    families = FAMILIES.get(wire, {})
    return next((found for family, found in families.items() if family in model), PROVIDERS[wire])
