"""OpenAI's Responses, as a client's and as a provider's wire, without what it keeps between calls.

https://platform.openai.com/docs/api-reference/responses
"""
