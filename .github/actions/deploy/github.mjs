// One repository of GitHub's REST API: creates deployments, and reads what was said of them.

import { exchange } from './exchange.mjs';
import { isTransient, retryAfter } from './retry.mjs';
import { wrongInput } from './stop.mjs';

/** Milliseconds that one request may take. */
const TIMEOUT = 30_000;
const API_VERSION = '2022-11-28';
const REPOSITORY = /^[a-zA-Z0-9_-]+\/[a-zA-Z0-9._-]+$/;

export class GitHub {
  /** The job's own repository, where the runner says that it is. */
  static parse(token, { GITHUB_API_URL: api, GITHUB_REPOSITORY: repository }) {
    if (!token) throw wrongInput('`token` is empty: it has to be one that may write deployments, such as ${{ github.token }}');
    if (!api || !REPOSITORY.test(repository ?? '')) throw wrongInput('`via: github` needs a job of GitHub Actions: GITHUB_API_URL and GITHUB_REPOSITORY are not set');
    return new GitHub(`${api}/repos/${repository}/deployments`, token);
  }

  constructor(deployments, token) {
    this.deployments = deployments;
    this.token = token;
  }

  /** Creates a deployment. As `exchange` resolves, `number` is that of the new one. */
  async create(deployment, milliseconds) {
    const body = JSON.stringify(deployment);
    const answer = await this.#ask(this.deployments, milliseconds, { method: 'POST', body });
    return { ...answer, number: answer.status === 201 ? answer.json?.id : undefined };
  }

  /** The newest deployments of a commit in an environment. */
  newest(ref, environment, milliseconds) {
    const query = new URLSearchParams({ ref, environment, per_page: '30' });
    return this.#ask(`${this.deployments}?${query}`, milliseconds);
  }

  /** What was said of a deployment, the last word first. */
  statuses(number, milliseconds) {
    return this.#ask(`${this.deployments}/${number}/statuses?per_page=100`, milliseconds);
  }

  #ask(address, milliseconds, options = {}) {
    const headers = {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${this.token}`,
      'content-type': 'application/json',
      'x-github-api-version': API_VERSION,
    };
    return exchange(address, Math.min(TIMEOUT, milliseconds), { ...options, headers });
  }
}

/** Whether another try may be answered otherwise. GitHub answers 403 to who asks too often, too. */
export function mayPass({ status, headers, json }) {
  if (status === undefined || isTransient(status)) return true;
  const isLimited = headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0' || /rate limit/i.test(json?.message);
  return status === 403 && isLimited;
}

/** The seconds that an answer asks to wait: until its rate limit begins anew, or as Retry-After says. */
export function pauseAfter({ headers }, now = Date.now()) {
  const reset = headers?.get('x-ratelimit-remaining') === '0' ? Number(headers.get('x-ratelimit-reset')) - now / 1000 : 0;
  return Math.max(retryAfter(headers?.get('retry-after')) ?? 0, Number.isFinite(reset) ? reset : 0);
}
