"""The management API, `/api/v1/`: what the admin can do, for programs, by the same models and actions."""
