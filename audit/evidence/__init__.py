"""Evidence to take away: bundles that an auditor checks alone."""
