// The files through which a step hands its outputs and its summary to the runner.

import { appendFileSync } from 'node:fs';

import { log } from './log.mjs';

/** Sets an output for later steps, which may use it in scripts of their own: empty where the value does not look as it must. */
export function setOutput(name, value, pattern) {
  const fits = typeof value === 'string' && pattern.test(value);
  append('GITHUB_OUTPUT', `${name}=${fits ? value : ''}\n`);
}

/** Adds Markdown to the step's summary. */
export function addToSummary(markdown) {
  append('GITHUB_STEP_SUMMARY', markdown);
}

/** Appends to the file that a variable names. A file that cannot be written is no reason to fail a deployment. */
function append(variable, text) {
  const path = process.env[variable];
  if (!path) return;
  try {
    appendFileSync(path, text);
  } catch (error) {
    log(`failed to write the file that ${variable} names: ${error.message}`);
  }
}
