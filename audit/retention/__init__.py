"""How long evidence is kept, and what goes after that: never silently, never what is held, never beyond proof."""
