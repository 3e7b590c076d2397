#!/usr/bin/env bash
# smee-client 5.0.0 (npm), a webhook relay, with node's own HTTP server as the channel and as the receiver.
#
# Expected: the receiver gets the bytes that the sender signed, so that their HMAC holds.
# Seen:     the body is parsed and written anew. White space goes, keys that look like numbers move to the front, `1.0` becomes 1, and an id above
#           2^53 becomes another id. The signature header is passed on unchanged and no longer fits; for an id, so does not even the content.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund smee-client@5.0.0 eventsource@4.0.0 undici@7.10.0
cat >relay.mjs <<'END'
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import Client from "smee-client";

const sent = '{"b": 1.0, "10": "ten", "deployment_id": 9007199254740993}';
const sign = (text) => "sha256=" + createHmac("sha256", "a secret for this test").update(text).digest("hex");
const listen = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));

const channel = createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  // A channel hands the body over as the JSON value that it is inside of its own JSON.
  response.write(`data: {"x-hub-signature-256": ${JSON.stringify(sign(sent))}, "body": ${sent}}\n\n`);
});
const receiver = createServer((request, response) => {
  let got = "";
  request.on("data", (chunk) => (got += chunk));
  request.on("end", () => {
    response.end();
    const holds = request.headers["x-hub-signature-256"] === sign(got);
    console.log(`sent:     ${sent}\nreceived: ${got}\nsignature holds: ${holds}`);
    process.exit(!holds && got === '{"10":"ten","b":1,"deployment_id":9007199254740992}' ? 0 : 1);
  });
});
const source = `http://127.0.0.1:${await listen(channel)}/`;
const target = `http://127.0.0.1:${await listen(receiver)}/`;
await new Client({ source, target, logger: { info() {}, error: console.error } }).start();
setTimeout(() => { console.error("nothing arrived"); process.exit(1); }, 20000);
END
node relay.mjs || { echo 'changed: the body arrives otherwise'; exit 1; }
