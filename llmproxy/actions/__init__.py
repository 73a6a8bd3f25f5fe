"""Use cases over several rows, one a file, called by admin, API and commands alike."""
