"""Bodies of the route for the state of the pipeline."""

from datetime import datetime

from .model import Response


class PipelineStage(Response):
    """A measurement of a consumer group. The scheduler measures every minute."""

    group: str
    topic: str
    measured_at: datetime
    members: int
    """Number of consumers in the group."""
    waiting: int
    """Number of unprocessed records. On a compacted topic, there may be fewer."""
    oldest_at: datetime | None
    """When the oldest unprocessed record was written; null if there is none or it was not read in time."""
    lag_seconds: float | None
    """Age of the oldest unprocessed record when it was measured; null if `oldest_at` is null."""
    processed_per_second: float | None
    """Records processed per second since the previous measurement; null if there was none."""
    written_per_second: float | None
    """Records written to the topic per second since the previous measurement; null if there was none."""

    @property
    def service(self) -> str:
        """The name of the service that consumes as this group, such as "persister"."""
        return self.group.removesuffix(f".{self.topic}")


class Pipeline(Response):
    """The stages of the pipeline, from notifications to rows."""

    stages: tuple[PipelineStage, ...]
