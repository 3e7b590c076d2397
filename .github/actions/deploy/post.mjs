// Posts a signed request until it is accepted or refused, or the time is over.
// Posting again is safe: the deployment's id says that it is the same one.

import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { exchange } from './exchange.mjs';
import { log } from './log.mjs';
import { FIRST_PAUSE, LONGEST_PAUSE, isTransient, retryAfter } from './retry.mjs';
import { notBoathook, refused, unreachable } from './stop.mjs';

/** Milliseconds that one post may take. */
const POST_TIMEOUT = 30_000;
const STATUS_URL = /^[^\s<>()]*\/deployments\/[a-zA-Z0-9-]+\?token=[a-zA-Z0-9_-]+$/;

/** The answer to the post that was accepted. */
export async function postDeployment(inputs) {
  return checked(await postUntilTaken(inputs));
}

/** What the dry run of a request found. */
export async function postDryRun({ request, ...inputs }) {
  const answer = await postUntilTaken({ ...inputs, request: { ...request, dry_run: true } });
  if (answer?.status === 'dry_run') return answer;
  throw refused(request.environment, `this boathook knows no dry run, and deploys: see ${checked(answer).status_url}`);
}

async function postUntilTaken({ request, target, secret, identity, deadline }) {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const { status, headers, json, why } = await post({ request, target, secret, identity, deadline });
    if (status === 200 || status === 202) return json;
    if (status !== undefined && !isTransient(status)) throw refused(request.environment, why);
    const wait = Math.max(retryAfter(headers?.get('retry-after')) ?? 0, pause);
    if (performance.now() + wait * 1000 >= deadline) throw unreachable(why);
    log(`${why}; trying again in ${Math.floor(wait)} s`);
    await sleep(wait * 1000);
  }
}

async function post({ request, target, secret, identity, deadline }) {
  const body = JSON.stringify({ ...request, timestamp: new Date().toISOString() });
  const headers = {
    ...target.headers,
    'content-type': 'application/json',
    'x-github-event': 'deployment',
    // The delivery is named after the deployment, so that the logs of both sides can be compared.
    'x-github-delivery': request.deployment_id.replace(/[^\x21-\x7e]/gu, '-'),
    ...(secret && { 'x-signature-sha256': sign(secret, body) }),
  };
  if (identity) {
    const { token, ...failure } = await identity.token(body);
    if (!token) return failure;
    headers.authorization = `Bearer ${token}`;
  }
  return exchange(target.webhook, Math.min(POST_TIMEOUT, deadline - performance.now()), { method: 'POST', headers, body });
}

/** The value of the signature's header: an HMAC-SHA256 of the body's bytes. */
export function sign(secret, body) {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

function checked(answer) {
  if (typeof answer?.status_url !== 'string' || !STATUS_URL.test(answer.status_url)) throw notBoathook();
  return answer;
}
