"""Template filters of the evidence pages."""
