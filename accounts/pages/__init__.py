"""Pages that belong to a person rather than to a model: coming in, one's own account."""
