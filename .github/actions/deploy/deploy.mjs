// Sends one signed deployment to boathook, to its address, as a deployment on GitHub or by a relay, follows it to its end and reports the outcome to
// GitHub Actions.
// Runs on Node 20 and later without packages. Exit codes: 0 success, 1 failed or rolled back, 2 refused or wrong usage, 3 unreachable,
// 4 still running at the deadline.

import http from 'node:http';

import { Stop, notTaken } from './stop.mjs';
import { dryRun } from './dry-run.mjs';
import { readInputs } from './inputs.mjs';
import { postDeployment } from './post.mjs';
import { follow, isSettled } from './follow.mjs';
import { describe, describeState } from './outcome.mjs';
import { annotateError, log } from './log.mjs';
import { setOutput } from './step-files.mjs';
import { summarizeDeployment, summarizeStop } from './summary.mjs';
import { createDeployment, followStatuses } from './via-github.mjs';
import { checkFollowed, handOver, madeFor } from './via-relay.mjs';

/** The name and form of each output. */
const OUTPUTS = {
  id: /^[a-zA-Z0-9-]+$/,
  'status-url': /^\S+$/,
  status: /^[a-z_]+$/,
  revision: /^[a-z0-9.-]+$/,
  digest: /^sha256:[0-9a-f]{64}$/,
  'service-url': /^https?:\/\/[a-zA-Z0-9.:-]+$/,
};

function setOutputs(values) {
  for (const [name, value] of Object.entries(values)) setOutput(name, value, OUTPUTS[name]);
}

function deploy(env) {
  const inputs = readInputs(env);
  const deadline = performance.now() + inputs.timeout.milliseconds;
  if (inputs.manifests) {
    const { digest, files, image } = inputs.manifests;
    log(image ? `manifests: ${image}` : digest ? `manifests: ${files} files, ${digest}` : 'manifests: one file');
  }
  if (inputs.isDryRun) return dryRun({ ...inputs, deadline }, env);
  if (inputs.channel) return deployViaRelay({ ...inputs, deadline });
  return inputs.github ? deployViaGitHub({ ...inputs, deadline }) : deployToUrl({ ...inputs, deadline });
}

async function deployToUrl({ request, target, secret, identity, timeout, serviceUrl, deadline }) {
  const accepted = await postDeployment({ request, target, secret, identity, deadline });
  const statusUrl = accepted.status_url;
  setOutputs({ id: accepted.id, 'status-url': statusUrl });
  log(`deployment ${request.deployment_id}: ${accepted.status}`);
  log(`status: ${statusUrl}`);
  for (const field of Array.isArray(accepted.ignored) ? accepted.ignored : []) {
    log(`note: boathook does not know the field \`${field}\`, and ignored it`);
  }

  if (request.manifests && accepted.ignored?.includes?.('manifests')) {
    throw new Stop(2, 'boathook deploys without the manifests', `this boathook is too old to know \`manifests\`: see ${statusUrl}`);
  }

  const deployment = await follow(target.deployment(statusUrl), deadline);
  const outcome = describe(deployment, { request, timeout: timeout.text, id: accepted.id });
  setOutputs({ status: deployment.status, revision: deployment.candidate, digest: outcome.digest, 'service-url': serviceUrl });
  summarizeDeployment({ request, deployment, outcome, statusUrl });

  if (deployment.status === 'succeeded') {
    log(outcome.title);
    if (outcome.reason) log(outcome.reason);
    return 0;
  }
  annotateError(outcome.title, outcome.reason || 'no reason was recorded');
  return isSettled(deployment) ? 1 : 4;
}

async function deployViaRelay(inputs) {
  const { request, github, githubEnvironment, channel, timeout } = inputs;
  if (github) await checkFollowed(inputs);
  await handOver(inputs);
  log(`deployment ${request.deployment_id}: handed to the relay at ${new URL(channel).hostname}; that says nothing of what boathook does`);
  if (!github) {
    log('note: what becomes of it is not followed; for that, leave `token` as it is');
    return 0;
  }
  const number = await madeFor(inputs);
  if (number === undefined) {
    throw notTaken(`no deployment for the request appeared there within ${timeout.text}; if boathook refused it, its audit log says why (\`boathook audit show\`); does its configuration name this repository in github.repositories?`);
  }
  log(`boathook took it: deployment ${number} of ${githubEnvironment} on GitHub`);
  return followOnGitHub(inputs, number);
}

async function deployViaGitHub(inputs) {
  const { request, githubEnvironment } = inputs;
  const number = await createDeployment(inputs);
  log(`deployment ${request.deployment_id}: created as deployment ${number} of ${githubEnvironment} on GitHub`);
  return followOnGitHub(inputs, number);
}

async function followOnGitHub({ request, github, timeout, serviceUrl, deadline }, number) {
  const last = await followStatuses({ github, number, deadline });
  if (!last) {
    throw notTaken(`deployment ${number} has no status after ${timeout.text}: does boathook run, and does its configuration name this repository in github.repositories?`);
  }
  const outcome = describeState(last, { request, timeout: timeout.text });
  const statusUrl = last.log_url || undefined;
  setOutputs({ status: outcome.status, 'status-url': statusUrl, 'service-url': serviceUrl || last.environment_url });
  summarizeDeployment({ request, deployment: {}, outcome, statusUrl });
  if (last.state === 'success') {
    log(outcome.title);
    return 0;
  }
  annotateError(outcome.title, outcome.reason || 'no reason was given');
  return outcome.isSettled ? 1 : 4;
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
