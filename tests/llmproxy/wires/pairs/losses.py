"""What of a request each wire cannot keep. Everything else has to come back."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from llmproxy.wires.canonical.content import Media, Message, Part, Refusal, Role, Text, Thinking, Tool, ToolResult
from llmproxy.wires.canonical.request import OutputFormat, Reasoning, Request, ToolChoice
from llmproxy.wires.openai_chat.request_writing import effort

Change = Callable[[Part], Iterator[Part]]


def each_part(request: Request, change: Change) -> Request:
    """`request` with `change` made to all parts, also to the system prompt's and to those within results."""

    def changed(parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(made for part in parts for made in change(part))

    def within(part: Part) -> Iterator[Part]:
        if isinstance(part, ToolResult):
            told = tuple(each for each in changed(part.content) if isinstance(each, Text | Media))
            part = replace(part, content=told)
        yield from change(part)

    messages = (
        replace(each, content=tuple(p for part in each.content for p in within(part))) for each in request.messages
    )
    system = tuple(each for each in changed(request.system) if isinstance(each, Text))
    return replace(request, messages=tuple(messages), system=system)


def without(**blank: object) -> Callable[[Request], Request]:
    """Members of parts that are lost, wherever they are."""

    def change(part: Part) -> Iterator[Part]:
        yield replace(part, **{name: value for name, value in blank.items() if hasattr(part, name)})  # type: ignore[arg-type]

    return lambda request: each_part(request, change)


def files_without_names(request: Request) -> Request:
    return each_part(request, lambda part: iter((replace(part, name="") if isinstance(part, Media) else part,)))


def thoughts(kept: Callable[[Thinking], bool]) -> Callable[[Request], Request]:
    """Only some thoughts mean anything to a provider of this wire."""
    return lambda request: each_part(
        request, lambda part: iter(() if isinstance(part, Thinking) and not kept(part) else (part,))
    )


def thoughts_without_ids(request: Request) -> Request:
    return each_part(request, lambda part: iter((replace(part, id="") if isinstance(part, Thinking) else part,)))


def refusals_as_texts(request: Request) -> Request:
    return each_part(request, lambda part: iter((Text(part.text) if isinstance(part, Refusal) else part,)))


def failures_as_texts(request: Request) -> Request:
    def change(part: Part) -> Iterator[Part]:
        failed = isinstance(part, ToolResult) and part.is_error
        if not isinstance(part, ToolResult) or not failed:
            yield part
            return
        told = "".join(each.text for each in part.content if isinstance(each, Text))
        yield replace(part, content=(Text(f"Error: {told}"),), is_error=False)

    return each_part(request, change)


def plain_documents_as_texts(request: Request) -> Request:
    def change(part: Part) -> Iterator[Part]:
        if isinstance(part, Media) and part.text:
            yield Text(f"{part.name}\n\n{part.text}" if part.name else part.text)
        else:
            yield part

    return each_part(request, change)


def media_behind_results(request: Request) -> Request:
    """Images in results follow in the user's message."""

    def moved(message: Message) -> Message:
        results = [part for part in message.content if isinstance(part, ToolResult)]
        media = [each for part in results for each in part.content if isinstance(each, Media)]
        stripped = [replace(p, content=tuple(e for e in p.content if isinstance(e, Text))) for p in results]
        return replace(
            message, content=(*stripped, *media, *(p for p in message.content if not isinstance(p, ToolResult)))
        )

    return replace(
        request, messages=tuple(moved(each) if each.role is Role.USER else each for each in request.messages)
    )


def efforts_only(request: Request) -> Request:
    found = effort(request.reasoning)
    return replace(request, reasoning=Reasoning(found) if found else None)


def schemas_always(strict: bool | None) -> Callable[[Request], Request]:
    """A schema without its name and description, and strict as it always is there."""

    def change(request: Request) -> Request:
        output = request.output
        bare = OutputFormat(output.schema, "answer", strict=strict) if output and output.schema else output
        return replace(request, output=bare)

    return change


def tools_not_strict(request: Request) -> Request:
    return replace(request, tools=tuple(replace(tool, strict=None) for tool in request.tools))


def no_end_user(request: Request) -> Request:
    return replace(request, end_user="")


def normal(request: Request) -> Request:
    """The same said in one way: what is one role's is one message, and what a client calls things does not matter."""
    request = each_part(request, lambda part: iter((_normal_part(part),)))
    if request.reasoning == Reasoning(budget=0):
        request = replace(request, reasoning=Reasoning("none"))
    if request.tool_choice == ToolChoice():
        request = replace(request, tool_choice=None)
    joined = []
    for role, together in groupby(request.messages, key=lambda message: message.role):
        parts = tuple(part for message in together for part in message.content)
        if parts:
            joined.append(Message(role, parts))
    tools = tuple(map(_normal_tool, request.tools))
    output = request.output
    if output is not None and output.schema is not None:
        output = replace(output, strict=output.strict or None)
    return replace(request, messages=tuple(joined), tools=tools, output=output, names={}, left_out=())


def _normal_tool(tool: Tool) -> Tool:
    """A function without a schema takes nothing."""
    if tool.free_text:
        return replace(tool, cache="")
    schema = tool.schema or {"type": "object", "properties": {}}
    return replace(tool, schema=schema, cache="", strict=tool.strict or None)


def _normal_part(part: Part) -> Part:
    """An address does not say what lies there, a result's name is its call's, and a file without a name gets one."""
    if isinstance(part, ToolResult):
        return replace(part, name="")
    if not isinstance(part, Media):
        return part
    return replace(part, type="" if part.url else part.type, name="" if part.name == "document" else part.name)


OPENAI = (
    without(cache=""), failures_as_texts, plain_documents_as_texts, efforts_only,
)  # fmt: skip
LOSES: Mapping[str, tuple[Callable[[Request], Request], ...]] = {
    "openai_chat": (*OPENAI, media_behind_results, thoughts(lambda each: not each.signature and not each.sealed)),
    "openai_responses": (*OPENAI, thoughts(lambda each: bool(each.sealed and each.id))),
    "anthropic_messages": (refusals_as_texts, without(detail=""),
                           thoughts(lambda each: bool(each.signature or each.sealed)), thoughts_without_ids,
                           schemas_always(True)),
    "gemini": (without(cache="", detail=""), refusals_as_texts, files_without_names,
               thoughts(lambda each: bool(each.signature or each.sealed)), thoughts_without_ids, schemas_always(None),
               tools_not_strict, no_end_user),
    "bedrock_converse": (),
}  # fmt: skip


def kept(request: Request, wire: str) -> Request:
    """What comes back of `request` from a wire."""
    for change in LOSES[wire]:
        request = change(request)
    return request
