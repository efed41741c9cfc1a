"""A cluster is only tested by `make test-cluster`, because it takes three brokers and two minutes."""

import os

collect_ignore = [] if os.environ.get("MAILTIDE_CLUSTER") else ["test_brokers_fail.py"]
