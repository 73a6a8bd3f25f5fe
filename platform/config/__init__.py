"""Settings, entry points and processes of Gatehouse."""
