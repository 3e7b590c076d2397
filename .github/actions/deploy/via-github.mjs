// Deploys by a deployment on GitHub, which boathook finds by asking: for a node that nobody reaches. The signed request is in the
// deployment's payload, and what becomes of it comes back as the deployment's statuses.

import { setTimeout as sleep } from 'node:timers/promises';

import { mayPass, pauseAfter } from './github.mjs';
import { log } from './log.mjs';
import { sign } from './post.mjs';
import { FIRST_PAUSE, LONGEST_PAUSE } from './retry.mjs';
import { refusedByGitHub, unreachable } from './stop.mjs';

/** Seconds from one look for statuses to the next. */
export const POLL = 5;
/** The states after which boathook says nothing more. */
const ENDS = new Set(['success', 'failure', 'error', 'inactive']);

/**
 * The number of the deployment that carries the request. Creating is repeated until it is answered, signed anew each time, so that the request
 * is never old; what was created without an answer is found again.
 */
export async function createDeployment({ request, secret, github, githubEnvironment, commit, deadline }) {
  const tried = new Set();
  const left = () => deadline - performance.now();
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const known = tried.size > 0 ? await created(github, commit, githubEnvironment, tried, left()) : undefined;
    if (known) return known;
    const body = JSON.stringify({ ...request, timestamp: new Date().toISOString() });
    const signature = sign(secret, body);
    tried.add(signature);
    const answer = await github.create(
      {
        ref: commit,
        environment: githubEnvironment,
        description: `${request.namespace}/${request.service_name} ${request.image}`.slice(0, 140),
        auto_merge: false,
        required_contexts: [],
        payload: { boathook: { body, signature } },
      },
      left(),
    );
    if (Number.isSafeInteger(answer.number)) return answer.number;
    const why = `GitHub: ${answer.json?.message ?? answer.why}`;
    if (!mayPass(answer)) throw refusedByGitHub(hint(answer.status, why));
    await rest(Math.max(pauseAfter(answer), pause), deadline, why);
  }
}

/** The number of a deployment whose creation was not answered. */
async function created(github, commit, environment, tried, milliseconds) {
  const { status, list } = await github.newest(commit, environment, milliseconds);
  const same = (status === 200 ? list : []).find(({ payload }) => tried.has(payload?.boathook?.signature));
  return Number.isSafeInteger(same?.id) ? same.id : undefined;
}

/** The last status of a deployment: its end, or what there was at the deadline; undefined if there was none. */
export async function followStatuses({ github, number, deadline, poll = POLL }) {
  let last;
  const said = new Set();
  // GitHub counts each look; a long rollout needs fewer of them.
  for (let every = poll; ; every = Math.min(every * 1.2, LONGEST_PAUSE)) {
    const answer = await github.statuses(number, deadline - performance.now());
    if (answer.status !== 200 && !mayPass(answer)) throw refusedByGitHub(hint(answer.status, `GitHub: ${answer.json?.message ?? answer.why}`));
    // The last word comes first.
    for (const status of (answer.list ?? []).toReversed()) {
      if (said.has(status.id)) continue;
      said.add(status.id);
      last = status;
      log(`${status.state}${status.description ? `: ${status.description}` : ''}`, status.created_at);
      if (ENDS.has(status.state)) return last;
    }
    const left = deadline - performance.now();
    if (left <= 0) return last;
    await sleep(Math.min(Math.max(pauseAfter(answer), every) * 1000, left));
  }
}

async function rest(seconds, deadline, why) {
  if (performance.now() + seconds * 1000 >= deadline) throw unreachable(why);
  log(`${why}; trying again in ${Math.floor(seconds)} s`);
  await sleep(seconds * 1000);
}

/** What helps where GitHub forbids something. */
export function hint(status, why, right = 'write') {
  return status === 403 || status === 404 ? `${why}; the job needs \`permissions: {deployments: ${right}}\`` : why;
}
