"""Models of what each command prints with `--json`; `make docs` renders their JSON Schemas."""

from typing import Any

from pydantic import BaseModel, create_model
from pydantic.json_schema import models_json_schema

from mailtide_common.contracts.api.accounts import (
    AccountDetails,
    AccountRemoval,
    AccountState,
    ApprovedDeletions,
    DiscardedDeletions,
    HeldDeletionPage,
)
from mailtide_common.contracts.api.audits import AuditReport
from mailtide_common.contracts.api.channels import ChannelList, ChannelTest
from mailtide_common.contracts.api.dead_letters import (
    DeadLetterDetails,
    DeadLetterPage,
    DiscardResult,
    RedriveResult,
)
from mailtide_common.contracts.api.doctor import DoctorReport
from mailtide_common.contracts.api.runs import RunPage, RunReport
from mailtide_common.contracts.api.status import Status
from mailtide_common.contracts.api.webhooks import WebhookStatus

_WEBHOOKS = dict.fromkeys(("webhooks status", "webhooks ensure", "webhooks rotate-secret"), WebhookStatus)

OUTPUTS: dict[str, type[BaseModel]] = {
    "status": Status,
    "doctor": DoctorReport,
    "accounts list": create_model("Accounts", accounts=(tuple[AccountDetails, ...], ...)),
    "accounts show": AccountDetails,
    "accounts pause": AccountState,
    "accounts resume": AccountState,
    "accounts remove": AccountRemoval,
    "accounts held": HeldDeletionPage,
    "accounts approve": ApprovedDeletions,
    "accounts discard": DiscardedDeletions,
    "sync": create_model("Runs", runs=(tuple[RunReport, ...], ...)),
    "backfill": RunReport,
    "audit": AuditReport,
    "report": AuditReport,
    "runs list": RunPage,
    "runs show": RunReport,
    "dead-letters list": DeadLetterPage,
    "dead-letters show": DeadLetterDetails,
    "dead-letters redrive": RedriveResult,
    "dead-letters discard": DiscardResult,
    **_WEBHOOKS,
    "webhooks test": create_model("WebhookTest", url=(str, ...), error=(str | None, ...)),
    "connect-link": create_model("ConnectLink", url=(str, ...)),
    "notify channels": ChannelList,
    "notify test": ChannelTest,
    "config check": create_model("ConfigCheck", wrong=(dict[str, str], ...), services=(list[str], ...)),
    "topics ensure": create_model(
        "Topics",
        created=(list[str], ...),
        present=(list[str], ...),
        partitions=(int, ...),
        replication=(int, ...),
        repaired=(list[str], ...),
        differences=(list[str], ...),
        unseen=(list[str], ...),
    ),
    "migrate": create_model("Migrated", revision=(str, ...)),
    "replay": create_model("Replayed", topics=(list[dict[str, Any]], ...)),
}
"""For each command, the model of its JSON output. If no run is stored, `runs show` prints `{}`."""


def schemas() -> dict[str, Any]:
    """Return a JSON Schema document.

    `commands` maps each command to a reference to the schema of its output, which is in `$defs`.
    """
    by_model, document = models_json_schema(
        [(model, "serialization") for model in dict.fromkeys(OUTPUTS.values())],
        ref_template="#/$defs/{model}",
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What `mailtide COMMAND --json` prints",
        "commands": {command: by_model[(model, "serialization")] for command, model in OUTPUTS.items()},
        "$defs": document["$defs"],
    }
