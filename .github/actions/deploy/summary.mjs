// The step's summary, in Markdown.

import { addToSummary } from './step-files.mjs';
import { harmlessLines, heading, inline } from './text.mjs';

/** Summarizes a deployment that was accepted. */
export function summarizeDeployment({ request, deployment, outcome, statusUrl }) {
  const rows = {
    image: request.image,
    digest: outcome.digest,
    revision: deployment.candidate,
    'served before': deployment.stable,
    deployment: request.deployment_id,
    'triggered by': request.triggered_by,
  };
  const table = Object.entries(rows).filter(([, value]) => value).map(([name, value]) => `| ${name} | \`${cell(value)}\` |\n`);
  const reason = outcome.reason ? indented(outcome.reason) : '';
  const link = statusUrl ? `\n[The deployment, step by step](${statusUrl})\n` : '';
  addToSummary(`${heading(outcome.title)}|  |  |\n|---|---|\n${table.join('')}${reason}${link}`);
}

/** Summarizes why nothing was deployed. */
export function summarizeStop(title, text) {
  addToSummary(heading(title) + indented(text));
}

function cell(text) {
  return inline(text).replace(/[`|]/g, ' ');
}

/** Text that no Markdown can leave. */
function indented(text) {
  return `\n${harmlessLines(text).map((line) => `    ${line}\n`).join('')}`;
}
