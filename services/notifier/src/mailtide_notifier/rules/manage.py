"""Creates, changes and deletes rules."""

from uuid import UUID, uuid4

import asyncpg

from mailtide_common.contracts.api.rules import Rule, RuleSettings
from mailtide_notifier.database import Connection, connected, transaction
from mailtide_notifier.errors import InvalidError, NotFoundError, RefusedError

from .store import delete_rule, insert_rule, list_rules, update_rule, update_rule_channels

NO_RULE = "there is no rule with this id"
NAME_TAKEN = "another rule has this name: choose another one"


class RuleBook:
    """Manages rules. Every method also raises the errors of `postgres.connected_migrated`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list(self) -> tuple[Rule, ...]:
        """Return all rules, ordered by name."""
        async with connected(self._pool) as connection:
            return tuple(await list_rules(connection))

    async def get(self, rule_id: UUID) -> Rule:
        """Return a rule.

        Raises:
            NotFoundError: there is no rule with this id.
        """
        async with connected(self._pool) as connection:
            found = await list_rules(connection, rule_id)
        if not found:
            raise NotFoundError(NO_RULE)
        return found[0]

    async def create(self, wanted: RuleSettings) -> Rule:
        """Create a rule.

        Raises:
            InvalidError: one of its channels does not exist.
            RefusedError: another rule has the name.
        """
        rule_id = uuid4()
        async with transaction(self._pool) as connection:
            if not await insert_rule(connection, rule_id, wanted):
                raise RefusedError(NAME_TAKEN)
            return await _with_channels(connection, rule_id, wanted)

    async def update(self, rule_id: UUID, wanted: RuleSettings) -> Rule:
        """Replace a rule's settings.

        Raises:
            NotFoundError: there is no rule with this id.
            InvalidError: one of its channels does not exist.
            RefusedError: another rule has the name.
        """
        try:
            async with transaction(self._pool) as connection:
                if not await update_rule(connection, rule_id, wanted):
                    raise NotFoundError(NO_RULE)
                return await _with_channels(connection, rule_id, wanted)
        except asyncpg.UniqueViolationError as error:
            raise RefusedError(NAME_TAKEN) from error

    async def delete(self, rule_id: UUID) -> None:
        """Delete a rule.

        Raises:
            NotFoundError: there is no rule with this id.
        """
        async with transaction(self._pool) as connection:
            if not await delete_rule(connection, rule_id):
                raise NotFoundError(NO_RULE)


async def _with_channels(connection: Connection, rule_id: UUID, wanted: RuleSettings) -> Rule:
    channels = set(wanted.channels)
    if await update_rule_channels(connection, rule_id, list(channels)) != len(channels):
        raise InvalidError("channels: at least one of these ids belongs to no channel")
    (rule,) = await list_rules(connection, rule_id)
    return rule
