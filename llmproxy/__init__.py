"""The gateway: wires, providers, routing, transport, and the endpoints that applications call."""
