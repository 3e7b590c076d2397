// A dry run: what a deployment would change, in the step's summary and on the pull request. Nothing is deployed.

import { changesMarkdown } from './changes.mjs';
import { annotateError, log } from './log.mjs';
import { postDryRun } from './post.mjs';
import { commentOnPullRequest, withdrawComment } from './pull-request.mjs';
import { addToSummary, setOutput } from './step-files.mjs';

/** Bytes of a step's summary that GitHub takes, less what other text of the step may need. */
const SUMMARY_MAX = (1 << 20) - (1 << 14);

/** Sends the dry run and shows its findings. Resolves to the exit code: 1 if there are problems. */
export async function dryRun(inputs, env) {
  let report;
  try {
    report = await postDryRun(inputs);
  } catch (error) {
    await withdrawComment(inputs, error.title ?? 'The dry run failed', error.message, env);
    throw error;
  }
  const { request, manifests } = inputs;
  const texts = (list) => (Array.isArray(list) ? list.filter((text) => typeof text === 'string') : []);
  const objects = Array.isArray(report.changes) ? report.changes.filter(isChange) : [];
  const found = { objects, notes: texts(report.notes), problems: texts(report.problems), from: report.manifests };
  for (const { change, object, namespace, diff } of objects) {
    log(`${change}: ${object}${namespace ? ` in ${namespace}` : ''}`);
    if (typeof diff === 'string') log(diff.trimEnd());
  }
  found.notes.forEach((note) => log(`note: ${note}`));
  const title = `${request.namespace}/${request.service_name} in ${request.environment}: what would change`;
  setOutput('status', 'dry_run', /^dry_run$/);
  addToSummary(changesMarkdown({ title, request, manifests, ...found }, SUMMARY_MAX));
  await commentOnPullRequest({ ...inputs, title, found }, env);
  if (found.problems.length === 0) {
    log('dry run: no problems');
    return 0;
  }
  annotateError(`The dry run of ${request.namespace}/${request.service_name} found problems`, found.problems.join('\n'));
  return 1;
}

function isChange(value) {
  const kinds = ['created', 'changed', 'unchanged'];
  return value !== null && typeof value === 'object' && typeof value.object === 'string' && kinds.includes(value.change);
}
