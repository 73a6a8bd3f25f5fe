"""The processes of one installation, and what keeps them running."""
