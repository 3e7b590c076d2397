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

const STATES = {
  success: 'was deployed to',
  failure: 'failed, or was rolled back, in',
  error: 'was not deployed to',
  inactive: 'does not serve in',
};

/** The same of a deployment's last status on GitHub, with the `status` that it stands for, and whether it is the end. */
export function describeState({ state, description }, { request, timeout }) {
  const { namespace, service_name, environment } = request;
  const end = STATES[state];
  const isOpen = `it was ${String(state).replaceAll('_', ' ')} after ${timeout}, and goes on without this job`;
  return {
    title: `${namespace}/${service_name} ${end ?? 'still runs in'} ${environment}`,
    reason: [description, end ? '' : isOpen].filter(Boolean).join('\n'),
    status: state === 'success' ? 'succeeded' : state,
    isSettled: Boolean(end),
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
