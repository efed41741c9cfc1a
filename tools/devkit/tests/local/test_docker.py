"""The containers that `MAILTIDE_TEST_BACKEND=docker` asks for."""

import pytest
from docker.errors import DockerException, ImageNotFound

from mailtide_devkit.local import docker
from mailtide_devkit.local.backends import choose_kafka, choose_postgres
from mailtide_devkit.local.errors import SetupError

DOCKER = {"MAILTIDE_TEST_BACKEND": "docker"}


class Unpullable:
    """A container whose image is neither here nor can be fetched."""

    def __init__(self, _image: str) -> None:
        self.with_envs = self.with_command = self.with_bind_ports = lambda *_, **__: None

    def get_docker_client(self) -> "Unpullable":
        return self

    def host(self) -> str:
        return "localhost"

    def start(self) -> None:
        raise ImageNotFound("no such image")


async def test_an_image_that_cannot_be_fetched_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "DockerContainer", Unpullable)
    with pytest.raises(SetupError, match=r"Docker cannot start postgres:17: .*no such image; give it access"):
        await choose_postgres(DOCKER).start()


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
