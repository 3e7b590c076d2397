// Sends one signed deployment to boathook, follows it to its end and reports the outcome to GitHub Actions.
// Runs on Node 20 and later without packages. Exit codes: 0 success, 1 failed or rolled back, 2 refused or wrong usage, 3 unreachable,
// 4 still running at the deadline.

import http from 'node:http';

import { Stop } from './stop.mjs';
import { readInputs } from './inputs.mjs';
import { postDeployment } from './post.mjs';
import { follow, isSettled } from './follow.mjs';
import { describe } from './outcome.mjs';
import { annotateError, log } from './log.mjs';
import { setOutput } from './step-files.mjs';
import { summarizeDeployment, summarizeStop } from './summary.mjs';

async function deploy(env) {
  const { request, target, secret, timeout, serviceUrl } = readInputs(env);
  const deadline = performance.now() + timeout.milliseconds;

  const accepted = await postDeployment({ request, target, secret, deadline });
  const statusUrl = accepted.status_url;
  setOutput('id', accepted.id, /^[a-zA-Z0-9-]+$/);
  setOutput('status-url', statusUrl, /^\S+$/);
  log(`deployment ${request.deployment_id}: ${accepted.status}`);
  log(`status: ${statusUrl}`);
  for (const field of Array.isArray(accepted.ignored) ? accepted.ignored : []) {
    log(`note: boathook does not know the field \`${field}\`, and ignored it`);
  }

  const deployment = await follow(target.deployment(statusUrl), deadline);
  const outcome = describe(deployment, { request, timeout: timeout.text, id: accepted.id });
  setOutput('status', deployment.status, /^[a-z_]+$/);
  setOutput('revision', deployment.candidate, /^[a-z0-9.-]+$/);
  setOutput('digest', outcome.digest, /^sha256:[0-9a-f]{64}$/);
  setOutput('service-url', serviceUrl, /^https:\/\/[a-zA-Z0-9.-]+$/);
  summarizeDeployment({ request, deployment, outcome, statusUrl });

  if (deployment.status === 'succeeded') {
    log(outcome.title);
    if (outcome.reason) log(outcome.reason);
    return 0;
  }
  annotateError(outcome.title, outcome.reason || 'no reason was recorded');
  return isSettled(deployment) ? 1 : 4;
}

try {
  // As `boathook send` does, go through the proxy that https_proxy names. Node 20 cannot.
  http.setGlobalProxyFromEnv?.();
  process.exitCode = await deploy(process.env);
} catch (error) {
  const { exitCode, title, message } = error instanceof Stop ? error : { exitCode: 1, title: 'The action failed', message: String(error) };
  annotateError(title, message);
  summarizeStop(title, message);
  process.exitCode = exitCode;
}
