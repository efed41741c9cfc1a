"""The verdict over all stages. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mailtide_common.contracts.api.pipeline import PipelineStage
from mailtide_common.contracts.health.stages import StageState, state_of
from mailtide_console.layout.words import duration, plural


class Verdict(NamedTuple):
    """The verdict: a tone (CSS class), a sentence, and perhaps a second sentence."""

    tone: str
    text: str
    detail: str = ""


TONES: Mapping[StageState, str] = {
    StageState.CURRENT: "ok",
    StageState.SLOW: "warn",
    StageState.LATE: "warn",
    StageState.ABSENT: "bad",
    StageState.UNCONSUMED: "bad",
}


def tone(stage: PipelineStage) -> str:
    return TONES[state_of(stage)]


def verdict(stages: Sequence[PipelineStage]) -> Verdict:
    """Return the first verdict that applies.

    - Nothing was measured.
    - Services have no running process, or none that consumes some of their topics.
    - Stages are behind; the one furthest behind is named.
    - All stages are up to date.
    """
    if not stages:
        return Verdict(
            "off", "Nothing was measured in the last 15 minutes", "The scheduler measures every minute."
        )
    missing = sorted({stage.service for stage in stages if tone(stage) == "bad"})
    if missing:
        text = " and ".join(_missing(stages, service) for service in missing)
        return Verdict("bad", f"{text[0].upper()}{text[1:]}", "New records wait in Kafka.")
    if behind := [stage for stage in stages if tone(stage) == "warn"]:
        slow = max(behind, key=lambda stage: stage.lag_seconds or 0)
        return Verdict(
            "warn",
            f"{slow.service} is {duration(slow.lag_seconds)} behind on {slow.topic}",
            f"{plural(slow.waiting, 'record waits', 'records wait')}.",
        )
    waiting = sum(stage.waiting for stage in stages)
    return Verdict("ok", f"Every stage is up to date: {plural(waiting, 'record waits', 'records wait')}")


def _missing(stages: Sequence[PipelineStage], service: str) -> str:
    """Return in words that a service has no process, or which of its topics no process consumes."""
    topics = [stage.topic for stage in stages if stage.service == service and tone(stage) == "bad"]
    if len(topics) == sum(stage.service == service for stage in stages):
        return f"no {service} is running"
    return f"no {service} consumes {', '.join(topics)}"
