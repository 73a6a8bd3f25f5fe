"""OAuth 2 for programs: reading requests, knowing clients, answering as the RFCs have it."""
