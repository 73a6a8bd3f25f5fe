"""Gemini's generateContent and streamGenerateContent, as a client's and as a provider's wire.

https://ai.google.dev/api/generate-content
"""
