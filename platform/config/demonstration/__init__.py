"""A demonstration data set: organisations, people, keys and providers, and real calls through the gateway."""
