"""Every client wire over every provider wire: one file a wire says how it asks, how it answers and what it refuses."""
