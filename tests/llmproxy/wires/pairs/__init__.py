"""Every wire against every other, without a network: what is said in one is said in the other, or refused by name."""
