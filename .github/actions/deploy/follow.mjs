// Asks boathook for a deployment until it has ended, or the time is over.

import { setTimeout as sleep } from 'node:timers/promises';

import { exchange } from './exchange.mjs';
import { log } from './log.mjs';

/** Milliseconds from one question to the next, and that one may take. */
const ASK_EVERY = 2_000;
const ASK_TIMEOUT = 10_000;

/** The deployment as it was last seen; empty where nobody answered. */
export async function follow({ address, headers }, deadline) {
  const logged = new Set();
  let seen = {};
  for (;;) {
    const left = deadline - performance.now();
    const answer = await exchange(address, Math.min(ASK_TIMEOUT, left), { headers: { ...headers, accept: 'application/json' } });
    if (answer.status === 200 && typeof answer.json?.status === 'string') {
      seen = answer.json;
      logProgress(seen, logged);
      if (isSettled(seen)) return seen;
    }
    // The last question is asked at the deadline.
    if (performance.now() >= deadline) return seen;
    await sleep(Math.min(ASK_EVERY, Math.max(deadline - performance.now(), 0)));
  }
}

/** Nothing more happens by itself. */
export function isSettled({ status, ended_at }) {
  return typeof ended_at === 'string' || status === 'rollback_failed';
}

/** Logs what is new: what the deployment waits for, and the steps that began. */
function logProgress({ status, reason, steps }, logged) {
  const logOnce = (key, line) => {
    if (!logged.has(key)) log(line);
    logged.add(key);
  };
  if (status === 'awaiting_approval') logOnce(status, 'waiting for approval');
  if (status === 'queued' && reason) logOnce(reason, `queued: ${reason}`);
  for (const [at, step] of (Array.isArray(steps) ? steps : []).entries()) {
    if (['running', 'done', 'failed'].includes(step?.status)) logOnce(at, step.title);
  }
}
