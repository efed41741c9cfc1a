"""Decides which users a mailbox has after a user connects it, and whether that is allowed. Pure."""

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
    """Return the users of a mailbox, removed ones included, after `user_id` has connected it; None if that is refused.

    Args:
        known: the account as last published; None if it was never published, or was purged.
        user_id: the user who connects the mailbox; None if the application named none.
        now: the current time.
        share: whether several users may connect one mailbox. If not, a removed account belongs to the next user who
            connects it.
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
