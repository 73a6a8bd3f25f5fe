"""The gateway's configuration in the management API."""
