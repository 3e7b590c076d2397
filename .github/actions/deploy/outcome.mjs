// What became of a deployment, in words.

import { isSettled } from './follow.mjs';

const ENDS = {
  succeeded: 'was deployed to',
  rolled_back: 'was rolled back in',
  failed: 'failed in',
  aborted: 'was aborted in',
  superseded: 'was superseded in',
  rejected: 'was rejected in',
  abandoned: 'was abandoned in',
  rollback_failed: 'could not be rolled back in',
};

const WAITS = {
  awaiting_approval: 'still waits for approval in',
  awaiting_window: 'still waits for the deployment window of',
};

/** Its `title`, `reason` (empty where there is none) and `digest`. */
export function describe(deployment, { request, timeout, id }) {
  const { namespace, service_name, environment } = request;
  const end = ENDS[deployment.status] ?? WAITS[deployment.status] ?? 'still runs in';
  return {
    title: `${namespace}/${service_name} ${end} ${environment}`,
    reason: [reasonOf(deployment, timeout, id), ...notesOf(deployment)].filter(Boolean).join('\n'),
    digest: String(deployment.resolved_image ?? '').split('@')[1],
  };
}

function reasonOf(deployment, timeout, id) {
  if (isSettled(deployment)) return deployment.reason;
  if (deployment.status === 'awaiting_approval') {
    return `it was not approved within ${timeout}, and still waits; an operator approves it on the node: boathook approve ${id}`;
  }
  if (deployment.status === 'awaiting_window') {
    return `it ${deployment.reason || 'waits for the deployment window'}; it goes on without this job`;
  }
  return `it was not over after ${timeout}, and goes on without this job`;
}

function notesOf({ notes }) {
  return (Array.isArray(notes) ? notes : []).map((note) => `note: ${note}`);
}
