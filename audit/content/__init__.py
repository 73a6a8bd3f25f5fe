"""What was said in a call: how much of it is kept, how it is kept apart, and who may read it."""
