// Deploys by a relay of webhooks, for a node that nobody reaches: boathook reads the channel. The relay says only that it has the request;
// what becomes of it comes back as statuses of the deployment that boathook makes on GitHub.

import { setTimeout as sleep } from 'node:timers/promises';

import { exchange } from './exchange.mjs';
import { mayPass, pauseAfter } from './github.mjs';
import { log } from './log.mjs';
import { sign } from './post.mjs';
import { FIRST_PAUSE, LONGEST_PAUSE, isTransient, retryAfter } from './retry.mjs';
import { refusedByGitHub, refusedByRelay, relayUnreachable } from './stop.mjs';
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

/** The number of the deployment that boathook makes on GitHub for the request; undefined if there is none by the deadline. */
export async function madeFor({ request, github, githubEnvironment, commit, deadline, poll = POLL }) {
  const service = `${request.namespace}/${request.service_name}`;
  const isOurs = ({ payload }) => payload?.boathook?.deployment_id === request.deployment_id && payload.boathook.service === service;
  for (;;) {
    const answer = await github.newest(commit, githubEnvironment, deadline - performance.now());
    if (answer.status !== 200 && !mayPass(answer)) throw refusedByGitHub(hint(answer.status, `GitHub: ${answer.json?.message ?? answer.why}`));
    const number = (answer.list ?? []).find(isOurs)?.id;
    if (Number.isSafeInteger(number)) return number;
    const left = deadline - performance.now();
    if (left <= 0) return undefined;
    await sleep(Math.min(Math.max(pauseAfter(answer), poll) * 1000, left));
  }
}
