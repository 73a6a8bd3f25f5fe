"""Answers in the canonical form, and what each wire cannot keep of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from llmproxy.wires.canonical.answer import (
    Answer,
    Cited,
    Delta,
    Event,
    Finish,
    Finished,
    PartEnded,
    PartStarted,
    Scored,
    Signed,
    Started,
)
from llmproxy.wires.canonical.content import Citation, Media, Part, Refusal, Score, Text, Thinking, ToolCall
from llmproxy.wires.usage import Usage

SOURCE = Citation("https://e.org", "E", 1, 4, "quoted")
WEATHER, TIME = ToolCall("call_1", "weather", '{"city":"Köln"}'), ToolCall("call_2", "time", "{}")
PATCH = ToolCall("call_3", "apply_patch", '*** Begin "Patch"\n+Grüße \\ 世界 {}', free_text=True)
SCORES = (
    Score("hel", -0.125, others=(Score("hel", -0.125), Score("Hi", -2.5))),
    Score("lo", -1, others=(Score("lo", -1),)),
)
USAGE = Usage(input=11, output=7, cached=4, reasoning=3, cache_write=2)


def answer(*parts: Part, finish: Finish = Finish.STOP, usage: Usage | None = USAGE, sequence: str = "") -> Answer:
    return Answer("id_1", "m", parts, finish, usage, sequence)


ANSWERS: Mapping[str, Answer] = {
    "a text": answer(Text("hello")),
    "words of all scripts": answer(Text('Grüße, 世界 👋 "q" \\ \n\t\x7f\u2028')),
    "nothing": answer(),
    "without usage": answer(Text("hello"), usage=None),
    "a call": answer(WEATHER, finish=Finish.TOOL_CALLS),
    "a text and two calls": answer(Text("I look"), WEATHER, TIME, finish=Finish.TOOL_CALLS),
    "a call with free text": answer(PATCH, finish=Finish.TOOL_CALLS),
    "a call with free text and one of a function": answer(Text("I look"), PATCH, TIME, finish=Finish.TOOL_CALLS),
    "a call with no text": answer(replace(PATCH, arguments=""), finish=Finish.TOOL_CALLS),
    "cut short": answer(Text("hel"), finish=Finish.LENGTH),
    "stopped by a sequence": answer(Text("hel"), finish=Finish.STOP_SEQUENCE, sequence="END"),
    "paused": answer(Text("hel"), finish=Finish.PAUSED),
    "filtered": answer(finish=Finish.FILTERED),
    "refused": answer(Refusal("no"), finish=Finish.REFUSED),
    "refused without words": answer(finish=Finish.REFUSED),
    "thoughts": answer(Thinking("hm"), Text("hello")),
    "signed thoughts": answer(Thinking("hm", "QUJD"), Text("hello")),
    "sealed thoughts": answer(Thinking(sealed="QUJD"), Text("hello")),
    "thoughts and a call": answer(Thinking("hm", "QUJD"), Text("I look"), WEATHER, finish=Finish.TOOL_CALLS),
    "a source": answer(Text("hello", (SOURCE,))),
    "how likely its tokens were": answer(Text("hello", scores=SCORES)),
    "how likely the tokens of a refusal were": answer(Refusal("hello", SCORES), finish=Finish.REFUSED),
    "an image": answer(Text("see"), Media("image", "image/png", "iVBORw0KGgo=")),
}
FREE_TEXT = frozenset(name for name in ANSWERS if "free text" in name or name == "a call with no text")
# What a wire has no form for at all: a bad answer, said as one.
UNSHOWN: Mapping[str, frozenset[str]] = {
    "openai_chat": frozenset(),
    "openai_responses": frozenset(),
    "anthropic_messages": frozenset({"an image", *FREE_TEXT}),
    "gemini": FREE_TEXT,
}
Change = Callable[[Answer], Answer]


def finishes(**becomes: Finish) -> Change:
    """Why it stopped, where a wire has fewer words for it."""
    return lambda given: replace(given, finish=becomes.get(given.finish.name, given.finish))


def parts(change: Callable[[Part], Part]) -> Change:
    return lambda given: replace(given, content=tuple(map(change, given.content)))


def thoughts(**blank: str) -> Change:
    return parts(lambda part: replace(part, **blank) if isinstance(part, Thinking) else part)  # type: ignore[arg-type]


def sources(**blank: str | None) -> Change:
    def change(part: Part) -> Part:
        if not isinstance(part, Text):
            return part
        return replace(part, citations=tuple(replace(each, **blank) for each in part.citations))  # type: ignore[arg-type]

    return parts(change)


def no_scores(given: Answer) -> Answer:
    return parts(lambda part: replace(part, scores=()) if isinstance(part, Text | Refusal) else part)(given)


def no_scores_of_refusals(given: Answer) -> Answer:
    return parts(lambda part: replace(part, scores=()) if isinstance(part, Refusal) else part)(given)


def no_sequence(given: Answer) -> Answer:
    return replace(given, stop_sequence="")


def refusals_as_texts(given: Answer) -> Answer:
    return parts(lambda part: Text(part.text, scores=part.scores) if isinstance(part, Refusal) else part)(given)


def usage(**blank: int) -> Change:
    return lambda given: replace(given, usage=replace(given.usage, **blank) if given.usage else None)


def usage_always(given: Answer) -> Answer:
    return replace(given, usage=given.usage or Usage())


def silent_refusals_are_filters(given: Answer) -> Answer:
    said = any(isinstance(part, Refusal) for part in given.content)
    return given if given.finish is not Finish.REFUSED or said else replace(given, finish=Finish.FILTERED)


def seals_are_signatures(given: Answer) -> Answer:
    """Gemini signs what only it can read."""
    return parts(
        lambda part: (
            replace(part, sealed="", signature=part.sealed) if isinstance(part, Thinking) and part.sealed else part
        )
    )(given)


KEEPS_NONE = finishes(STOP_SEQUENCE=Finish.STOP, PAUSED=Finish.STOP)
LOSES: Mapping[str, tuple[Change, ...]] = {
    "openai_chat": (no_sequence, KEEPS_NONE, silent_refusals_are_filters),
    "openai_responses": (no_sequence, KEEPS_NONE, silent_refusals_are_filters, sources(quote=""),
                         no_scores_of_refusals),
    "anthropic_messages": (no_scores, refusals_as_texts, finishes(FILTERED=Finish.REFUSED), usage_always,
                           sources(start=None, end=None)),
    "gemini": (no_sequence, KEEPS_NONE, finishes(REFUSED=Finish.FILTERED), refusals_as_texts, seals_are_signatures,
               usage(cache_write=0), sources(quote="")),
}  # fmt: skip


def kept(given: Answer, wire: str) -> Answer:
    """What comes back of `given` from a wire."""
    for change in LOSES[wire]:
        given = change(given)
    return given


def normal(given: Answer) -> Answer:
    """Without what the gateway says of itself; ids of thoughts are nobody's concern, a thought without any is none, and
    what is said of a whole text need not name its ends."""
    content = [replace(part, id="") if isinstance(part, Thinking) else part for part in given.content]
    content = [_cited_whole(part) if isinstance(part, Text) else part for part in content]
    return replace(given, id="", model="", content=tuple(part for part in content if part != Thinking()))


def _cited_whole(text: Text) -> Text:
    def whole(each: Citation) -> Citation:
        return replace(each, start=None, end=None) if (each.start, each.end) == (0, len(text.text)) else each

    return replace(text, citations=tuple(map(whole, text.citations)))


def events(given: Answer) -> Iterator[Event]:
    """The same as a stream, its texts in pieces."""
    yield Started(given.id, given.model)
    for index, part in enumerate(given.content):
        yield from _part(index, part)
    yield Finished(given.finish, given.usage, given.stop_sequence)


def _part(index: int, part: Part) -> Iterator[Event]:
    said = part.arguments if isinstance(part, ToolCall) else getattr(part, "text", "")
    yield PartStarted(index, _beginning(part))
    if isinstance(part, Text | Refusal) and part.scores:
        yield Scored(index, part.scores)
    for start in range(0, len(said), 3):
        yield Delta(index, said[start : start + 3])
    if isinstance(part, Thinking) and part.signature:
        yield Signed(index, part.signature)
    for citation in part.citations if isinstance(part, Text) else ():
        yield Cited(index, citation)
    yield PartEnded(index)


def _beginning(part: Part) -> Part:
    if isinstance(part, ToolCall):
        return replace(part, arguments="")
    if isinstance(part, Thinking):
        return replace(part, text="", signature="")
    if isinstance(part, Text):
        return Text("")
    return Refusal("") if isinstance(part, Refusal) else part


def put_together(stream: list[Event]) -> Answer:
    """A stream as the answer that it is. Events have to be in their order."""
    begun: dict[int, Part] = {}
    open_parts: set[int] = set()
    started, *inner, finished = stream
    assert isinstance(started, Started) and isinstance(finished, Finished)
    for event in inner:
        assert not isinstance(event, Started | Finished)
        if isinstance(event, PartStarted):
            assert event.index not in begun
            begun[event.index] = event.part
            open_parts.add(event.index)
            continue
        assert event.index in open_parts
        if isinstance(event, PartEnded):
            open_parts.remove(event.index)
        else:
            begun[event.index] = _more(begun[event.index], event)
    assert not open_parts
    content = tuple(part for _, part in sorted(begun.items()))
    return Answer(started.id, started.model, content, finished.finish, finished.usage, finished.stop_sequence)


def _more(part: Part, event: Delta | Signed | Cited | Scored) -> Part:
    if isinstance(event, Delta):
        if isinstance(part, ToolCall):
            return replace(part, arguments=part.arguments + event.text)
        assert isinstance(part, Text | Refusal | Thinking)
        return replace(part, text=part.text + event.text)
    if isinstance(event, Signed):
        assert isinstance(part, Text | Thinking | ToolCall)
        return replace(part, signature=part.signature + event.signature)
    assert isinstance(part, Text | Refusal)
    if isinstance(event, Scored):
        return replace(part, scores=part.scores + event.scores)
    assert isinstance(part, Text)
    return replace(part, citations=(*part.citations, event.citation))
