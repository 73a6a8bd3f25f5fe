"""The canonical form: what every wire can be read into and written from where two ends speak different ones.

Block-shaped: a message is a tuple of parts, a stream a sequence of events about parts. Tool arguments stay JSON text
all the way. What a wire cannot say is refused by name, never dropped silently.
"""
