"""Fetches a grant's status and folders, and publishes what has changed."""

from mailtide_common.contracts.events import Account, AccountStatus, SyncOutcome, SyncRequested
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_nylas import Grant, NylasClient, NylasNotFoundError
from mailtide_sync_worker.comparison.reconcile_folders import FolderReconciler
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.outcome import Pulled


class AccountPuller:
    """Publishes changes of accounts, and repairs their folders."""

    def __init__(
        self, nylas: NylasClient, index: KnownState, publisher: Publisher, folders: FolderReconciler
    ) -> None:
        self._folders = folders
        self._nylas = nylas
        self._index = index
        self._publisher = publisher

    async def pull_account(self, request: SyncRequested) -> Pulled:
        """Publish the account if it is new or has changed, and repair its folders.

        If the account is now invalid, the outcome is `GRANT_INVALID`, and the folders are not listed. With
        `request.folders_only`, only the folders are repaired.

        Raises:
            NylasError: see `mailtide_nylas.errors`.
            TransientError: Kafka or Postgres is unavailable.
        """
        if not request.folders_only and not await self.confirm_grant(request):
            return Pulled(SyncOutcome.GRANT_INVALID)
        await self._folders.reconcile(request)
        return Pulled()

    async def confirm_grant(self, request: SyncRequested) -> bool:
        """Fetch a grant, and publish its account if that is new or has changed.

        Only the grant's status shows whether the grant is valid, because a 401 has four causes (docs: Grants,
        handling expired grants).

        Returns:
            False if the account is now `invalid`, also because the grant does not exist at Nylas. Otherwise
            True. A paused or removed account keeps its status.

        Raises:
            NylasError: the grant could not be fetched.
            TransientError: Kafka or Postgres is unavailable.
        """
        version = _version(request)
        try:
            grant: Grant | None = await self._nylas.get_grant(request.grant_id)
        except NylasNotFoundError:
            grant = None
        known = await self._index.get_account(request.grant_id)
        snapshot = account_snapshot(request.grant_id, grant, known, version)
        if _differs(snapshot, known):
            await self._publisher.publish(snapshot)
        return snapshot.status is not AccountStatus.INVALID


def account_snapshot(grant_id: str, grant: Grant | None, known: Account | None, version: Version) -> Account:
    """Return the account with Nylas' data of its grant. Fields that the grant omits keep their stored values.

    The account is active if the grant is valid. It is invalid if the grant is not valid, or if Nylas has no
    such grant (None). A paused or removed account keeps its status.
    """
    stored = known or Account(grant_id=grant_id, version=version, status=AccountStatus.INVALID)
    return stored.model_copy(
        update={
            "version": version,
            "status": _status(grant, known),
            "email_address": (grant and grant.email) or stored.email_address,
            "display_name": (grant and grant.name) or stored.display_name,
            "provider": (grant and grant.provider) or stored.provider,
        }
    )


def _status(grant: Grant | None, known: Account | None) -> AccountStatus:
    """Return the account's status. A pause or removal takes precedence over the grant's status."""
    if known is not None and known.status in {AccountStatus.PAUSED, AccountStatus.REMOVED}:
        return known.status
    valid = grant is not None and grant.is_valid
    return AccountStatus.ACTIVE if valid else AccountStatus.INVALID


def _differs(snapshot: Account, known: Account | None) -> bool:
    if known is None:
        return True
    now = (snapshot.status, snapshot.email_address, snapshot.display_name, snapshot.provider)
    return now != (known.status, known.email_address, known.display_name, known.provider)


def _version(request: SyncRequested) -> Version:
    return Version(observed_at=now_us(), source=Source.API, event_id=request.task_id.hex)
