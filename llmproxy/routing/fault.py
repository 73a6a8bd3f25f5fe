"""What is wrong with a route's rules, in words for whoever entered them."""


class BadRule(ValueError):
    """`str()` is a plain sentence that names the rule."""
