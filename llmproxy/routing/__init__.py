"""Where a call goes: pure rules. An ask and the places of a route in, an ordered plan with reasons out. No Django."""
