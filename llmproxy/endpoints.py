"""The gateway's endpoints that call a model, by the names that records, metrics, limits and budgets know them by."""

from typing import Final

ENDPOINTS: Final = (
    "chat/completions", "completions", "responses", "messages", "messages/count_tokens", "generateContent",
    "streamGenerateContent", "countTokens", "embeddings", "embedContent", "batchEmbedContents", "moderations", "rerank",
    "images/generations", "images/edits", "images/variations", "audio/speech", "audio/transcriptions",
    "audio/translations",
)  # fmt: skip
