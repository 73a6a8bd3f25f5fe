"""Services that come along when none is configured."""
