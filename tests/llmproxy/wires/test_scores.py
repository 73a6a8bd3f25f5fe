"""How likely tokens were, in the words of OpenAI's wires and of Gemini's; nonsense about it harms no answer."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.canonical.answer import Delta, Facts, Finish, Finished, PartEnded, PartStarted, Scored, Started
from llmproxy.wires.canonical.content import Score, Text
from llmproxy.wires.gemini_generate import scores as gemini
from llmproxy.wires.openai_chat import scores as openai
from llmproxy.wires.registry import CLIENTS, PROVIDERS

PIECE = Score("�", -0.5, b"\xf0\x9f", (Score("a", -1.5),))
FACTS = Facts("id_1", "m", 7)
EVENTS = [
    Started("id_1", "m"), PartStarted(0, Text("")),
    Scored(0, (Score("he", -0.25),)), Delta(0, "he"), Scored(0, (Score("y", -0.5),)), Delta(0, "y"),
    Scored(0, (Score("<end>", -0.75),)), PartEnded(0), Finished(Finish.STOP),
]  # fmt: skip


def test_a_piece_of_a_character_keeps_its_bytes() -> None:
    (written,) = openai.written([PIECE])
    assert written["bytes"] == [0xF0, 0x9F]
    assert written["top_logprobs"] == [{"token": "a", "logprob": -1.5, "bytes": [97]}]
    assert openai.read([written]) == (PIECE,)


def test_gemini_tells_their_average() -> None:
    told = gemini.written([Score("a", -1.0), Score("b", -3.0)])
    assert (told["avgLogprobs"], told["logprobsResult"]["logProbabilitySum"]) == (-2.0, -4.0)
    assert "topCandidates" not in told["logprobsResult"]
    assert gemini.written([]) == {}


def test_a_stream_tells_them_beside_the_tokens() -> None:
    """Also those of tokens that say nothing, behind the last one."""
    for wire in ("openai_chat", "openai_responses", "gemini"):
        renderer, parser = CLIENTS[wire].renderer(FACTS, {}), PROVIDERS[wire].parser()
        raw = b"".join([*(renderer.feed(event) for event in EVENTS), renderer.close()])
        read = [*parser.feed(raw), *parser.close()]
        assert [e.scores[0].token for e in read if isinstance(e, Scored)][:2] == ["he", "y"], wire
        order = [type(e) for e in read if isinstance(e, Scored | Delta)]
        assert order[:4] == [Scored, Delta, Scored, Delta], wire
        assert b"<end>" in raw, wire


def test_chats_chunks_hold_them_as_openai_does() -> None:
    renderer = CLIENTS["openai_chat"].renderer(FACTS, {})
    chunks = b"".join(renderer.feed(event) for event in EVENTS).split(b"\n\n")
    choices = [orjson.loads(each[6:])["choices"][0] for each in chunks if each.startswith(b"data: {")]
    told = [
        (each["delta"].get("content"), each["logprobs"]["content"][0]["token"]) for each in choices if each["logprobs"]
    ]
    assert told == [("he", "he"), ("y", "y"), (None, "<end>")]


NAMES = ["content", "token", "logprob", "bytes", "top_logprobs", "chosenCandidates", "topCandidates", "candidates",
         "logProbability", "logprobsResult"]  # fmt: skip
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([*NAMES, "x"]),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=3),
    max_leaves=15,
)


@given(HOSTILE)
def test_nonsense_is_passed_over(said: object) -> None:
    openai.written(openai.read(said))
    openai.written(openai.read([said]))
    gemini.read({"logprobsResult": said})
