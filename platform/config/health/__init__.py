"""Is the process alive, is it ready, and why not."""
