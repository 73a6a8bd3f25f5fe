"""`Idempotency-Key` on calls to models: what a client sends twice is made once (docs/routing.md)."""
