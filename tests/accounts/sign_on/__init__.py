"""Single sign-on: ID tokens clause by clause, who comes in, and whole flows at a real provider."""
