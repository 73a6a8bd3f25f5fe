"""Embeddings between OpenAI's wire and Gemini's, and to Cohere's models on Bedrock, one file each.

https://platform.openai.com/docs/api-reference/embeddings and https://ai.google.dev/api/embeddings
"""

from llmproxy.wires.embedding import cohere, gemini, openai
from llmproxy.wires.embedding.vectors import EmbeddingProvider

PROVIDERS = {
    "openai_chat": EmbeddingProvider(openai.write_request, openai.read_answer),
    "bedrock_converse": EmbeddingProvider(cohere.write_request, cohere.read_answer),
    "gemini": EmbeddingProvider(gemini.write_request, gemini.read_answer),
}
