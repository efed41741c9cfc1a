#!/usr/bin/env bash
# Nylas Node SDK 8.4.0: the keys of `metadata`, which the caller chose, are sent unchanged and read in camel case. Code
# that reads a message, changes one value and writes the metadata back renames every key with an underscore or a
# capital at its front; the filter `metadata_pair`, the Python SDK and webhooks no longer find the value under its key.
# Of two keys that differ only in this (`orderId`, `order_id`), one disappears on reading.
#
# Expected by most readers: metadata stays as it was written, as the SDK's own code says of requests ("metadata should
# remain as is").
# Why: requests exclude `metadata` from the conversion of keys; responses do not.
#
# Output seen (2026-11-28):
#   sent: {"order_id":"7","Team":"a"}
#   read: {"orderId":"7","team":"a"}
#   written back: {"orderId":"7","team":"b"}
#   of two keys: 1
. "$(dirname "$0")/lib/setup.bash"

(cd "$work" && npm install --silent --no-audit --no-fund --prefix "$work" nylas@8.4.0)
cat > "$work/metadata.mjs" <<'NODE'
import { createServer } from "node:http";
import Nylas from "nylas";

let stored;
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", () => {
    if (body) stored = JSON.parse(body).metadata;
    response.setHeader("content-type", "application/json");
    const message = { id: "m1", grant_id: "g1", object: "message", metadata: stored };
    response.end(JSON.stringify({ request_id: "r", data: message }));
  });
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const { messages } = new Nylas({ apiKey: "key", apiUri: `http://127.0.0.1:${server.address().port}` });
const message = { identifier: "g1", messageId: "m1" };
const write = (metadata) => messages.update({ ...message, requestBody: { metadata } });
const read = async () => (await messages.find(message)).data.metadata;

await write({ order_id: "7", Team: "a" });
console.log("sent:", JSON.stringify(stored));
const metadata = await read();
console.log("read:", JSON.stringify(metadata));
await write({ ...metadata, team: "b" });
console.log("written back:", JSON.stringify(stored));
await write({ orderId: "7", order_id: "8" });
console.log("of two keys:", Object.keys(await read()).length);
server.close();
NODE
node "$work/metadata.mjs" >"$work/seen"
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
sent: {"order_id":"7","Team":"a"}
read: {"orderId":"7","team":"a"}
written back: {"orderId":"7","team":"b"}
of two keys: 1
EXPECTED
echo "confirmed: the keys of metadata are renamed on reading"
