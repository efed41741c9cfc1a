"""Decides whether a user may connect a mailbox, and which users the mailbox has afterwards. Pure."""

from mailtide_common.contracts.events import (
    Account,
    AccountStatus,
    AccountUser,
    connected_users,
    merged_users,
)
from mailtide_common.contracts.times import UnixMicros


def users_after(
    known: Account | None, user_id: str | None, now: UnixMicros, *, share: bool
) -> tuple[AccountUser, ...] | None:
    """Return the mailbox's users after `user_id` connects it, or None if the user may not connect it.

    The result includes removed users.

    Args:
        known: the account as last published, or None if there is none (see `last_account`).
        user_id: the user who connects the mailbox, or None if the application named no user.
        now: the current time.
        share: whether several users may have one mailbox. If False, a mailbox that has another user is
            refused. If its account was removed, its previous users are marked as removed instead.
    """
    before = known.all_users if known is not None else ()
    others = [user for user in before if not user.removed and user.user_id != user_id]
    if share or not others:
        changed: list[AccountUser] = []
    elif known is not None and known.status is not AccountStatus.REMOVED:
        return None
    else:
        changed = [user.model_copy(update={"removed": True, "changed_at": now}) for user in others]
    if user_id is not None and user_id not in connected_users(before):
        changed.append(AccountUser(user_id=user_id, connected_at=now, changed_at=now))
    return merged_users(before, changed)
