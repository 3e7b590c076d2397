// The one comment on a pull request that shows what it would change, written anew by each run. That it cannot be written fails nothing.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { changesMarkdown } from './changes.mjs';
import { exchange } from './exchange.mjs';
import { mayPass, pauseAfter } from './github.mjs';
import { log } from './log.mjs';

/** Characters of a comment that GitHub takes; bytes are never fewer. */
const COMMENT_MAX = 65_536;
/** Comments on a page, and pages that are read. */
const PAGE = 100;
const PAGES_MAX = 30;
const TIMEOUT = 15_000;
const TRIES = 3;
/** Who writes with the job's own token. */
const ACTIONS = 'github-actions[bot]';
const REPOSITORY = /^[a-zA-Z0-9_-]+\/[a-zA-Z0-9._-]+$/;

/** Writes the comment, if the job runs for a pull request. */
export async function commentOnPullRequest({ request, manifests, title, found, token, deadline }, env) {
  if (env.GITHUB_EVENT_NAME !== 'pull_request') return;
  const pull = pullRequest(env);
  if (!pull || !REPOSITORY.test(env.GITHUB_REPOSITORY ?? '') || !env.GITHUB_API_URL) {
    log('note: no comment was written: the runner does not say which pull request this is');
    return;
  }
  if (!token) {
    log('note: no comment was written: `token` is empty');
    return;
  }
  const github = new Comments(env, pull.number, token, deadline);
  const marker = markerOf(request);
  const body = `${marker}\n${changesMarkdown({ title, request, manifests, ...found }, COMMENT_MAX - marker.length - 1)}`;
  const why = await github.write(marker, body);
  if (!why) {
    log(`the comment on pull request ${pull.number} shows this too`);
    return;
  }
  const reason = pull.isFork ? 'a pull request from a fork gets a token that may only read' : 'the job needs `permissions: {pull-requests: write}`';
  log(`note: no comment was written on pull request ${pull.number}: ${why}${/^40[134]/.test(why) ? `; ${reason}` : ''}`);
}

/** What the comment about a service in an environment begins with. */
export function markerOf({ environment, namespace, service_name: service }) {
  return `<!-- boathook dry run: ${[environment, namespace, service].map(encodeURIComponent).join('/')} -->`;
}

function pullRequest({ GITHUB_EVENT_PATH: path, GITHUB_REPOSITORY: repository }) {
  try {
    const { pull_request: pull } = JSON.parse(readFileSync(path, 'utf8'));
    if (!Number.isSafeInteger(pull?.number)) return undefined;
    return { number: pull.number, isFork: pull.head?.repo?.full_name !== repository };
  } catch {
    return undefined;
  }
}

class Comments {
  constructor({ GITHUB_API_URL: api, GITHUB_GRAPHQL_URL: graphql, GITHUB_REPOSITORY: repository }, number, token, deadline) {
    Object.assign(this, { graphql: graphql || `${api}/graphql`, token, deadline });
    this.all = `${api}/repos/${repository}/issues/${number}/comments`;
    this.one = `${api}/repos/${repository}/issues/comments`;
  }

  /** Writes into the comment that begins with the marker, or a new one. Resolves to why it could not, if so. */
  async write(marker, body) {
    const author = await this.#author();
    const { id, why } = await this.#find(marker, author);
    if (why) return why;
    const [address, method] = id ? [`${this.one}/${id}`, 'PATCH'] : [this.all, 'POST'];
    const answer = await this.#ask(address, { method, body: JSON.stringify({ body }) });
    return answer.status === 200 || answer.status === 201 ? undefined : said(answer);
  }

  /** The first comment of this author that begins with the marker: someone else's is never written over. */
  async #find(marker, author) {
    for (let page = 1; page <= PAGES_MAX; page += 1) {
      const answer = await this.#ask(`${this.all}?per_page=${PAGE}&page=${page}`);
      if (answer.status !== 200 || !answer.list) return { why: said(answer) };
      const mine = answer.list.find(({ id, user, body }) => Number.isSafeInteger(id) && user?.login === author && String(body).startsWith(marker));
      if (mine) return { id: mine.id };
      if (answer.list.length < PAGE) return {};
    }
    return {};
  }

  /** Whose comments the token writes. */
  async #author() {
    const body = JSON.stringify({ query: '{ viewer { login } }' });
    const { status, json } = await this.#ask(this.graphql, { method: 'POST', body });
    const login = json?.data?.viewer?.login;
    return status === 200 && typeof login === 'string' ? login : ACTIONS;
  }

  async #ask(address, options = {}) {
    const headers = {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${this.token}`,
      'content-type': 'application/json',
      'x-github-api-version': '2022-11-28',
    };
    for (let tries = 1; ; tries += 1) {
      const answer = await exchange(address, Math.min(TIMEOUT, this.deadline - performance.now()), { ...options, headers });
      const pause = Math.max(pauseAfter(answer), tries) * 1000;
      // Writing a comment again after no answer could write it twice.
      const isLost = options.method === 'POST' && answer.status === undefined;
      const isOver = performance.now() + pause >= this.deadline;
      if (!mayPass(answer) || isLost || tries === TRIES || isOver) return answer;
      await sleep(pause);
    }
  }
}

function said(answer) {
  return answer.json?.message ? `${answer.status}: ${answer.json.message}` : answer.why;
}
