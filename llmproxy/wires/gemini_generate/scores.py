"""How likely tokens were: `logprobsResult` of a candidate. https://ai.google.dev/api/generate-content#LogprobsResult"""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical.content import Score
from llmproxy.wires.gemini_generate.names import camel

Object = Mapping[str, Any]
Written = dict[str, Any]


def read(candidate: Object) -> tuple[Score, ...]:
    """The tokens that were chosen, each with those that might have been; none where they were not asked for."""
    if not isinstance(result := candidate.get("logprobsResult"), Mapping):
        return ()
    said = camel(result)
    tops = [_scores(camel(each).get("candidates")) for each in _objects(said.get("topCandidates"))]
    chosen = _scores(said.get("chosenCandidates"))
    tops += [[]] * (len(chosen) - len(tops))
    return tuple(Score(one.token, one.logprob, others=tuple(top)) for one, top in zip(chosen, tops, strict=False))


def written(scores: tuple[Score, ...] | list[Score]) -> Written:
    """The members of a candidate that say it; none where there is nothing to say."""
    if not scores:
        return {}
    total = sum(each.logprob for each in scores)
    result: Written = {"chosenCandidates": [_entry(each) for each in scores], "logProbabilitySum": total}
    if any(each.others for each in scores):
        result["topCandidates"] = [{"candidates": [_entry(other) for other in each.others]} for each in scores]
    return {"avgLogprobs": total / len(scores), "logprobsResult": result}


def _objects(value: object) -> list[Object]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _scores(value: object) -> list[Score]:
    found = []
    for each in map(camel, _objects(value)):
        token, likely = each.get("token"), each.get("logProbability", 0)  # Google leaves out what is 0
        if isinstance(token, str) and isinstance(likely, int | float) and not isinstance(likely, bool):
            found.append(Score(token, likely))
    return found


def _entry(score: Score) -> Written:
    return {"token": score.token, "logProbability": score.logprob}
