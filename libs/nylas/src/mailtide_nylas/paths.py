"""Path templates of the Nylas v3 API, with parameters in braces."""

APPLICATION = "/v3/applications"
MESSAGES = "/v3/grants/{grant_id}/messages"
MESSAGE = "/v3/grants/{grant_id}/messages/{message_id}"
FOLDERS = "/v3/grants/{grant_id}/folders"
FOLDER = "/v3/grants/{grant_id}/folders/{folder_id}"
GRANT = "/v3/grants/{grant_id}"
WEBHOOKS = "/v3/webhooks"
WEBHOOK = "/v3/webhooks/{webhook_id}"
ROTATE_SECRET = "/v3/webhooks/rotate-secret/{webhook_id}"  # noqa: S105 - a path
TOKEN = "/v3/connect/token"  # noqa: S105 - a path
