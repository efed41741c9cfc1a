"""Containers are only tested by `make test-containers`, because it requires a container engine and several minutes."""

import os

collect_ignore = [] if os.environ.get("MAILTIDE_CONTAINERS") else ["test_compose.py"]
