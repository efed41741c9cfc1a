"""Kubernetes is only tested by `make test-k8s`, because it requires root and several minutes."""

import os

collect_ignore = [] if os.environ.get("MAILTIDE_K8S") else ["test_cluster.py"]
