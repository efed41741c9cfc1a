"""The process names of the instances of a service."""


def instances(service: str, count: int) -> list[str]:
    """Return the process names of `count` instances of a service, such as `persister` and `persister-2`."""
    return [service if number == 1 else f"{service}-{number}" for number in range(1, count + 1)]


def is_instance(name: str, service: str) -> bool:
    """Return whether a process name is one of `instances`, for any count."""
    return name == service or (name.startswith(f"{service}-") and name.removeprefix(f"{service}-").isdigit())
