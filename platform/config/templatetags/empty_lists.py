"""What an empty list says."""

from django import template

from config.empty_lists import text_for

register = template.Library()


@register.simple_tag
def empty_list(label: str) -> str:
    """What an empty list of `app.model` says of itself."""
    return text_for(label)
