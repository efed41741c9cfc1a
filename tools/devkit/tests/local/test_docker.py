"""The containers that `MAILTIDE_TEST_BACKEND=docker` asks for."""

import pytest
from docker.errors import DockerException

from mailtide_devkit.local import docker
from mailtide_devkit.local.backends import choose_kafka, choose_postgres
from mailtide_devkit.local.errors import SetupError

DOCKER = {"MAILTIDE_TEST_BACKEND": "docker"}


@pytest.mark.parametrize("choose", [choose_kafka, choose_postgres])
def test_without_docker_the_error_says_what_to_do(choose: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise DockerException("no such file")

    monkeypatch.setattr(docker, "DockerContainer", refuse)
    with pytest.raises(SetupError) as refused:
        choose(DOCKER)  # type: ignore[operator]
    assert str(refused.value) == (
        "Docker does not answer: no such file; start it, give this account access to it, or unset "
        "MAILTIDE_TEST_BACKEND"
    )
