"""Checks addresses of servers. Pure."""

from urllib.parse import urlsplit

DATABASE_URL = "must be postgresql://user:password@host:port/database"


def is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text) < 65_536


def check_database_url(url: str) -> None:
    """Check the form of a URL of Postgres. It may name several hosts, separated by commas.

    Raises:
        ValueError: the form is wrong. The text does not contain the URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(DATABASE_URL) from None
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(DATABASE_URL)
    login, _, hosts = parts.netloc.rpartition("@")
    ports = [host.rpartition("]")[2].partition(":")[2] for host in hosts.split(",")]
    # a "/", "?" or "#" in a password ends the part of the URL with the login and the hosts
    cut = not login and "@" in f"{parts.path}{parts.fragment}"
    if cut or any(port and not is_port(port) for port in ports):
        raise ValueError(
            f"{DATABASE_URL}, with a port from 1 to 65535, and with special characters of user and password "
            "percent-encoded, such as %2F for /"
        )
