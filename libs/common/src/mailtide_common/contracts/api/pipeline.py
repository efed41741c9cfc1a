"""The pipeline's state."""

from datetime import datetime

from .model import Response


class PipelineStage(Response):
    """A consumer group as last measured, which happens once a minute."""

    group: str
    topic: str
    measured_at: datetime
    members: int
    """Processes that consume."""
    waiting: int
    """Unprocessed records; on a compacted topic there may be fewer."""
    oldest_at: datetime | None
    """When the oldest of them was written; null: none waits."""
    lag_seconds: float | None
    """Its age when it was measured."""
    processed_per_second: float | None
    """Since the measurement before; null after the first one."""
    written_per_second: float | None
    """The same of the topic."""


class Pipeline(Response):
    """The stages, in the order of the flow."""

    stages: tuple[PipelineStage, ...]
