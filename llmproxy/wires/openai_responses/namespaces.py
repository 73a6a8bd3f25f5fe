"""Tools in namespaces, as Codex sends them. Other wires have one list: there the namespace is a part of the name.

https://platform.openai.com/docs/guides/tools-tool-search (namespaces of functions)
"""

from collections.abc import Iterator, Mapping
from typing import Any

from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.errors import BadRequest
from llmproxy.wires.openai_chat import custom_tools

Object = Mapping[str, Any]
KIND, SEPARATOR = "namespace", "__"


def flat(namespace: str, name: str) -> str:
    """What a tool is called where there are no namespaces."""
    if not namespace:
        return name
    return namespace + name if namespace.endswith(SEPARATOR) else f"{namespace}{SEPARATOR}{name}"


def functions(body: Object) -> Iterator[tuple[str, Object, str]]:
    """The place, the tool and the namespace of everything that may be called. Raises BadRequest."""
    for at, tool in reading.objects(body, "tools"):
        if tool.get("type") != KIND:
            yield at, tool, ""
            continue
        namespace = reading.text(tool, "name", at)
        for here, each in reading.objects(tool, "tools", at):
            yield here, each, namespace


def is_custom(name: str, asked: Object) -> bool:
    """Whether the client's tool that is called so takes free text."""
    try:
        given = list(functions(asked))
    except BadRequest:  # the row dropped its tools, so nobody read them
        return False
    custom = (each for each in given if each[1].get("type") == custom_tools.KIND)
    return any(flat(namespace, str(tool.get("name"))) == name for _, tool, namespace in custom)


def told(name: str, asked: Object) -> dict[str, str]:
    """What a call says of its tool: the name that the client has for it, and its namespace if it has one."""
    tools = asked.get("tools")
    for tool in tools if isinstance(tools, list) and SEPARATOR in name else ():
        if isinstance(tool, Mapping) and tool.get("type") == KIND:
            namespace = str(tool.get("name"))
            if (inner := _within(tool, namespace, name)) is not None:
                return {"name": inner, "namespace": namespace}
    return {"name": name}


def _within(tool: Object, namespace: str, name: str) -> str | None:
    """The tool of `namespace` that is called `name` where there are none."""
    inner = tool.get("tools")
    names = [str(each.get("name")) for each in inner if isinstance(each, Mapping)] if isinstance(inner, list) else []
    return next((each for each in names if flat(namespace, each) == name), None)
