// The job's log and the run's annotations.

import { harmlessLines, inline } from './text.mjs';

/** Writes to the log. Each line begins with the time, so the runner never takes it for a command. */
export function log(text, at) {
  const known = new Date(at);
  const time = (Number.isNaN(known.getTime()) ? new Date() : known).toISOString().slice(11, 19);
  for (const line of harmlessLines(text)) console.log(`${time}Z ${line}`);
}

/** Adds an error to the run. The runner decodes the escapes again, so line breaks stay. */
export function annotateError(title, text) {
  const property = escape(inline(title)).replaceAll(':', '%3A').replaceAll(',', '%2C');
  console.log(`::error title=${property}::${harmlessLines(text).map(escape).join('%0A')}`);
}

function escape(text) {
  return text.replaceAll('%', '%25');
}
