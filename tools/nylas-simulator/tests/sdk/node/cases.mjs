// Runs every case against the simulator with the official Node SDK and prints one JSON object of results.
// Input: one JSON argument with `url`, `key`, `hook`, `callback` and the grants that the test prepared.
import Nylas from 'nylas';

const given = JSON.parse(process.argv[2]);
const nylas = new Nylas({ apiKey: given.key, apiUri: given.url, timeout: 10 });

const caught = async (work) => {
  try {
    await work();
    return { name: 'nothing was thrown' };
  } catch (error) {
    return {
      name: error.constructor.name,
      status: error.statusCode ?? null,
      type: error.type ?? error.error ?? null,
      message: String(error.message),
      requestId: error.requestId ?? null,
      retryAfter: error.headers?.['retry-after'] ?? null,
    };
  }
};

const visit = async (url) => {
  const response = await fetch(url, { redirect: 'manual' });
  return Object.fromEntries(new URL(response.headers.get('location')).searchParams);
};

const login = { clientId: given.clientId, redirectUri: given.callback, scope: ['a', 'b'], state: 's t' };
const redeem = (code, codeVerifier) =>
  nylas.auth.exchangeCodeForToken({ clientId: given.clientId, redirectUri: given.callback, code, codeVerifier });

const cases = {
  async webhooks() {
    const made = await nylas.webhooks.create({
      requestBody: { triggerTypes: ['message.created'], webhookUrl: given.hook, description: 'node' },
    });
    const id = made.data.id;
    const rotated = await nylas.webhooks.rotateSecret({ webhookId: id });
    const paused = await nylas.webhooks.update({ webhookId: id, requestBody: { status: 'pause' } });
    const active = await nylas.webhooks.update({ webhookId: id, requestBody: { status: 'active' } });
    const listed = await nylas.webhooks.list();
    const gone = await nylas.webhooks.destroy({ webhookId: id });
    return {
      secret: made.data.webhookSecret,
      rotated: rotated.data.webhookSecret,
      statuses: [made.data.status, paused.data.status, active.data.status],
      listed: listed.data.filter((each) => each.id === id).map((each) => each.webhookSecret ?? null),
      gone: gone.data.status,
      again: await caught(() => nylas.webhooks.find({ webhookId: id })),
    };
  },
  async limitAcrossPages() {
    const page = await nylas.messages.list({ identifier: given.grant, queryParams: { limit: 60 } });
    return { count: page.data.length, different: new Set(page.data.map((each) => each.id)).size };
  },
  async iteration() {
    const seen = [];
    for await (const page of nylas.messages.list({ identifier: given.grant })) {
      seen.push(...page.data.map((each) => each.id));
    }
    return { count: seen.length, different: new Set(seen).size };
  },
  async anyEmail() {
    const page = await nylas.messages.list({
      identifier: given.imap,
      queryParams: { anyEmail: ['nobody@x', 'b@x'], in: [given.folder] },
    });
    return page.data.map((each) => each.id);
  },
  async rawMime() {
    const { data } = await nylas.messages.find({
      identifier: given.imap,
      messageId: given.strange,
      queryParams: { fields: 'raw_mime' },
    });
    return { keys: Object.keys(data).sort(), id: data.id };
  },
  async updateAndDestroy() {
    const at = { identifier: given.grant, messageId: given.message };
    const changed = await nylas.messages.update({ ...at, requestBody: { unread: false, folders: ['SPAM'] } });
    const destroyed = await nylas.messages.destroy(at);
    const after = await nylas.messages.find(at);
    return { changed: changed.data.folders, requestId: Boolean(destroyed.requestId), after: after.data.folders };
  },
  async threads() {
    const { data } = await nylas.threads.list({ identifier: given.grant, queryParams: { limit: 2 } });
    return { count: data.length, latest: data[0].latestDraftOrMessage.object };
  },
  async folders() {
    const first = await nylas.folders.list({ identifier: given.grant });
    const named = await nylas.folders.find({ identifier: given.imap, folderId: given.folder });
    return { count: first.data.length, more: Boolean(first.nextCursor), attributes: first.data[0].attributes,
      named: named.data.id };
  },
  async attachment() {
    const at = { identifier: given.imap, attachmentId: 'att/1', queryParams: { messageId: given.strange } };
    const { data } = await nylas.attachments.find(at);
    const bytes = await nylas.attachments.downloadBytes(at);
    return { size: data.size, bytes: bytes.toString('hex') };
  },
  async grants() {
    const page = await nylas.grants.list({ queryParams: { limit: 1, offset: 1 } });
    return { count: page.data.length, status: page.data[0].grantStatus };
  },
  async oauth() {
    const back = await visit(nylas.auth.urlForOAuth2({ ...login, accessType: 'offline', loginHint: given.email }));
    const tokens = await redeem(back.code);
    return { state: back.state, grant: tokens.grantId, expires: tokens.expiresIn,
      refresh: Boolean(tokens.refreshToken), spent: await caught(() => redeem(back.code)) };
  },
  async pkce() {
    const auth = nylas.auth.urlForOAuth2PKCE({ ...login, loginHint: given.email });
    const wrong = await caught(async () => redeem((await visit(auth.url)).code, 'wrong'));
    const tokens = await redeem((await visit(auth.url)).code, auth.secret);
    return { grant: tokens.grantId, wrong };
  },
  async expired() {
    const { data } = await nylas.grants.find({ grantId: given.expired });
    return { status: data.grantStatus, error: await caught(() => nylas.messages.list({ identifier: given.expired })) };
  },
  throttled: () => caught(() => nylas.messages.list({ identifier: given.throttled })),
  page: () => caught(() => nylas.messages.list({ identifier: given.paged })),
};

const results = {};
for (const [name, run] of Object.entries(cases)) {
  try {
    results[name] = await run();
  } catch (error) {
    results[name] = { failed: String(error.stack ?? error) };
  }
}
console.log(JSON.stringify(results));
