"""Token endpoints: parse, call an action, answer."""
