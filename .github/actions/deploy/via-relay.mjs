// Deploys by a relay of webhooks, for a node that nobody reaches: boathook reads the channel. The relay says only that it has the request;
// what becomes of it comes back as statuses of the deployment that boathook makes on GitHub.

import { setTimeout as sleep } from 'node:timers/promises';

import { exchange } from './exchange.mjs';
import { mayPass, pauseAfter } from './github.mjs';
import { log } from './log.mjs';
import { sign } from './post.mjs';
import { FIRST_PAUSE, LONGEST_PAUSE, isTransient, retryAfter } from './retry.mjs';
import { otherRequest, refusedByGitHub, refusedByRelay, relayUnreachable } from './stop.mjs';
import { POLL, hint } from './via-github.mjs';

/** Milliseconds that one post may take. */
const POST_TIMEOUT = 30_000;

/** Posts until the relay has the request, signed anew each time, so that it is never old. */
export async function handOver({ request, secret, channel, deadline }) {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    // What JSON.stringify writes survives smee.io, which does the same once more.
    const body = JSON.stringify({ ...request, timestamp: new Date().toISOString() });
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'deployment',
      'x-github-delivery': request.deployment_id.replace(/[^\x21-\x7e]/gu, '-'),
      // gosmee itself can verify this one.
      'x-hub-signature-256': sign(secret, body),
    };
    const answer = await exchange(channel, Math.min(POST_TIMEOUT, deadline - performance.now()), { method: 'POST', headers, body });
    if (answer.status >= 200 && answer.status < 300) return;
    if (answer.status !== undefined && !isTransient(answer.status)) throw refusedByRelay(answer.why.replace(/: $/, ''));
    const wait = Math.max(retryAfter(answer.headers?.get('retry-after')) ?? 0, pause);
    if (performance.now() + wait * 1000 >= deadline) throw relayUnreachable(answer.why);
    log(`${answer.why}; trying again in ${Math.floor(wait)} s`);
    await sleep(wait * 1000);
  }
}

/** Throws if GitHub does not let the deployment be followed, or if the id is another request's. */
export async function checkFollowed(inputs) {
  await look(inputs);
}

/** The number of the deployment that boathook makes on GitHub for the request; undefined if there is none by the deadline. */
export async function madeFor(inputs) {
  for (let poll = POLL; ; poll = Math.min(poll * 1.2, LONGEST_PAUSE)) {
    const { number, answer } = await look(inputs);
    if (number !== undefined) return number;
    const left = inputs.deadline - performance.now();
    if (left <= 0) return undefined;
    await sleep(Math.min(Math.max(pauseAfter(answer), poll) * 1000, left));
  }
}

/** One look for that deployment: its `number` if it is there, and GitHub's `answer`. */
async function look({ request, github, githubEnvironment, commit, deadline }) {
  const answer = await github.newest(commit, githubEnvironment, deadline - performance.now());
  if (answer.status !== 200 && !mayPass(answer)) throw refusedByGitHub(hint(answer.status, `GitHub: ${answer.json?.message ?? answer.why}`, 'read'));
  const service = `${request.namespace}/${request.service_name}`;
  const isOurs = ({ payload }) => payload?.boathook?.deployment_id === request.deployment_id && payload.boathook.service === service;
  const made = (answer.list ?? []).find(isOurs);
  if (made && pinned(made.payload.boathook.image) !== pinned(request.image)) throw otherRequest(request, made.payload.boathook.image);
  return { number: Number.isSafeInteger(made?.id) ? made.id : undefined, answer };
}

/** An image without the tag beside its digest, which means nothing. */
function pinned(image) {
  return String(image).replace(/:[^:@/]+@/, '@');
}
