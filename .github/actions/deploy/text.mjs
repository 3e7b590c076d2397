// Text of any origin, made harmless: the cluster's messages can hold commands for the runner, control characters and Markdown.

/** Control characters, line ends, and what changes the direction of text. */
const ACTS = /[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** The text in one line: characters that act are written as their code, and so is the bracket of `##[`, a command wherever it stands. */
export function inline(text) {
  return String(text).replaceAll('##[', '##\\u{5b}').replace(ACTS, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

/** A heading in Markdown. */
export function heading(text) {
  return `### ${inline(text).replace(/[`<>[\]]/g, ' ')}\n\n`;
}

/** The lines of a text, each harmless. */
export function harmlessLines(text) {
  return String(text).split(/\r?\n/).map(inline);
}
