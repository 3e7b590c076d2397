// One HTTP request and its answer, within a time and a size.

import { wrongInput } from './stop.mjs';

/** Bytes of an answer at most; the rest is not read. */
const ANSWER_MAX = 1 << 20;
/** Characters shown of an answer that is not boathook's. */
const ANSWER_SHOWN = 200;

/** Sends a request, without following redirects: a signed request goes where it was sent, or nowhere. */
export function request(address, options) {
  const headers = { 'user-agent': 'boathook-deploy-action', ...options.headers };
  return fetch(address, { ...options, headers, redirect: 'manual' });
}

/**
 * One request and its whole answer. Resolves to `status`, `headers`, `json` or `list`, where it is one, and `why`, which says what was
 * answered; where there is no answer, to `why` alone.
 */
export async function exchange(address, milliseconds, { most = ANSWER_MAX, ...options } = {}) {
  const signal = AbortSignal.timeout(Math.max(Math.ceil(milliseconds), 1000));
  try {
    const response = await request(address, { ...options, signal });
    const text = await readText(response, most);
    const { json, list } = parse(text);
    const said = typeof json?.error === 'string' ? json.error : text.slice(0, ANSWER_SHOWN);
    return { status: response.status, headers: response.headers, json, list, why: `${response.status}: ${said}` };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}

async function readText(response, most) {
  const chunks = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= most) break;
  }
  return Buffer.concat(chunks).toString();
}

/** The JSON object or the list of objects that a text is. */
function parse(text) {
  try {
    const value = JSON.parse(text);
    if (Array.isArray(value)) return { list: value.filter(isObject) };
    return isObject(value) ? { json: value } : {};
  } catch {
    return {};
  }
}

function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Why there was no answer, without the address: it may hold a token. */
function reasonOf(error) {
  if (error.name === 'TimeoutError') return 'no answer in time';
  let cause = error.cause ?? error;
  // Several addresses were tried; the last one's error is reported.
  if (cause.errors?.length) cause = cause.errors.at(-1);
  const why = cause.message || cause.code || 'no answer';
  if (why === 'bad port') throw wrongInput('Node never connects to the port in `url`, which belongs to another protocol');
  if (/CERT|SIGNATURE/.test(cause.code)) return `${why}; set NODE_EXTRA_CA_CERTS to the file of your own CA`;
  return why;
}
