"""How deployments and keys fare, as one process knows it: circuits, load, latency, retry budgets. Pure, in memory."""
