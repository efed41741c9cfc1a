"""Containers are only tested by `make test-containers`: it takes an engine and minutes."""

import os

collect_ignore = [] if os.environ.get("MAILTIDE_CONTAINERS") else ["test_compose.py"]
