"""Bodies of the route for the state of the pipeline."""

from datetime import datetime

from .model import Response


class PipelineStage(Response):
    """A measurement of a consumer group, usually its newest one; one is made every minute."""

    group: str
    topic: str
    measured_at: datetime
    members: int
    """Number of consumers in the group."""
    waiting: int
    """Unprocessed records; an upper bound on a compacted topic."""
    oldest_at: datetime | None
    """When the oldest unprocessed record was written; null if there is none, or none could be read in time."""
    lag_seconds: float | None
    """Age of that record at the time of the measurement; null if `oldest_at` is."""
    processed_per_second: float | None
    """Average since the previous measurement; null at the first one."""
    written_per_second: float | None
    """The same for records written to the topic."""

    @property
    def service(self) -> str:
        """The name of the service that consumes as this group, such as "persister"."""
        return self.group.removesuffix(f".{self.topic}")


class Pipeline(Response):
    """The stages of the pipeline, from notifications to rows."""

    stages: tuple[PipelineStage, ...]
