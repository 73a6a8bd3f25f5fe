"""Use cases of evidence: called by pages, API and commands alike."""
