// What a deployment would change, in Markdown. All of it is text from manifests and from the cluster: it stands in code, which it cannot leave.

import { harmlessLines, heading, inline } from './text.mjs';

/** Characters for the names of objects in a list, and bytes for notes and for problems. */
const NAMES_MAX = 2000;
const LISTED_MAX = 8000;
/** Characters of a name or another text in a line. */
const NAME_MAX = 300;

/** The Markdown in at most `room` bytes. Objects that do not fit are counted. */
export function changesMarkdown({ title, request, manifests, objects, notes, problems, from }, room) {
  const differing = objects.filter(({ change }) => change !== 'unchanged');
  const same = objects.filter(({ change }) => change === 'unchanged');
  const head = [heading(title), `Image ${code(request.image)}`, ...source(manifests, from), '\n\n'].join('');
  const tail = [unchanged(same), listed('Problems', problems), listed('Notes', notes)].join('');
  const parts = [head];
  let left = room - size(head) - size(tail) - 4 * NAMES_MAX;
  const missing = [];
  for (const object of differing) {
    const part = objectMarkdown(object);
    if (size(part) > left) {
      missing.push(object);
      continue;
    }
    left -= size(part);
    parts.push(part);
  }
  if (missing.length > 0) parts.push(`${missing.length} more objects change, whose differences do not fit here: ${names(missing)}\n\n`);
  if (differing.length === 0) parts.push('Nothing changes.\n\n');
  return parts.join('') + tail;
}

function objectMarkdown({ object, namespace, change, diff }) {
  if (typeof diff !== 'string' || !diff) return `${change} ${code(object)}${namespace ? ` in ${code(namespace)}` : ''}\n\n`;
  // Up to the next empty line, GitHub takes this for HTML and not for Markdown.
  const summary = `${change} <code>${html(object)}</code>${namespace ? ` in <code>${html(namespace)}</code>` : ''}`;
  return `<details><summary>${summary}</summary>\n\n${fenced(diff, 'diff')}\n</details>\n\n`;
}

function source(manifests, from) {
  const own = manifests?.digest ? `, manifests ${code(manifests.digest)}` : '';
  return [typeof from === 'string' ? `, ${code(from)}` : own];
}

function unchanged(objects) {
  if (objects.length === 0) return '';
  return `Unchanged: ${names(objects)}\n\n`;
}

function names(objects) {
  return code(objects.map(({ object }) => object).join(', '), NAMES_MAX);
}

function listed(title, texts) {
  if (texts.length === 0) return '';
  let left = LISTED_MAX;
  const shown = texts.filter((text) => (left -= size(inline(text))) > 0);
  const more = texts.length > shown.length ? `${texts.length - shown.length} more do not fit here.\n\n` : '';
  return `**${title}**\n\n${shown.length > 0 ? fenced(shown.join('\n'), 'text') : ''}\n${more}`;
}

/** A block of code with a fence that is longer than any in the text. */
export function fenced(text, language) {
  const lines = harmlessLines(text.trimEnd());
  const longest = Math.max(2, ...lines.flatMap((line) => line.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${lines.join('\n')}\n${fence}\n`;
}

/** Text in a line, as code. */
function code(text, most = NAME_MAX) {
  return `\`${cut(text, most).replace(/[`|]/g, ' ')}\``;
}

function html(text) {
  const names = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return cut(text, NAME_MAX).replace(/[&<>"']/g, (character) => names[character]);
}

function cut(text, most) {
  const line = inline(text);
  return line.length > most ? `${line.slice(0, most)} ...` : line;
}

function size(text) {
  return Buffer.byteLength(text);
}
