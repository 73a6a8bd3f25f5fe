"""The whole product as real processes, used as its users do."""
