"""What processes tell each other of deployments, through the shared store and never while a call waits for it."""
