// The job's identity token, which GitHub makes for boathook and for one body: its audience holds the body's digest.

import { createHash } from 'node:crypto';

import { exchange } from './exchange.mjs';
import { wrongInput } from './stop.mjs';

/** Milliseconds that GitHub may take for one. */
const TIMEOUT = 10_000;
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const NO_PERMISSION = 'GitHub gives this job no identity token: the job needs `permissions: {id-token: write}`';

/** Gets tokens for the boathook that knows itself as `audience`. */
export class Identity {
  /** Undefined where GitHub gives the job none. */
  static of({ ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: key }, audience) {
    return url && key ? new Identity(url, key, audience) : undefined;
  }

  constructor(url, key, audience) {
    Object.assign(this, { url, key, audience });
  }

  /** Resolves to a `token` for the body; where there is none, to `status` and `why`. */
  async token(body) {
    const digest = createHash('sha256').update(body).digest('hex');
    const address = `${this.url}&audience=${encodeURIComponent(`${this.audience}?sha256=${digest}`)}`;
    const { status, json, why } = await exchange(address, TIMEOUT, { headers: { authorization: `Bearer ${this.key}` } });
    if (status === 200 && TOKEN.test(json?.value)) return { token: json.value };
    const said = status === 200 ? 'an answer without a token' : why;
    return { status: status === 200 ? undefined : status, why: `no identity token from GitHub: ${said}` };
  }
}

/** The identity that an input `identity` asks for; without a secret, there has to be one. */
export function identityOf(choice, env, audience, hasSecret) {
  if (!['', 'true', 'false'].includes(choice)) throw wrongInput('`identity` is true or false');
  const wanted = choice === 'true' || (choice === '' && !hasSecret);
  const identity = wanted ? Identity.of(env, audience) : undefined;
  if (choice === 'true' && !identity) throw wrongInput(NO_PERMISSION);
  return identity;
}
