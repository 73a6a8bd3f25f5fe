"""The overview page of the admin: what to do next, and what is going on."""
