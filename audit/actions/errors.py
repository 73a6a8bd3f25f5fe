"""Why an action on evidence is refused; the text is for the person who tried."""


class NotNow(Exception):
    """It cannot be done as things are: somebody else was faster, or the rules forbid it to this person."""
