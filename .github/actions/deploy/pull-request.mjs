// The one comment on a pull request that shows what it would change, written anew by each run. That it cannot be written fails nothing.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { changesMarkdown, fenced } from './changes.mjs';
import { exchange } from './exchange.mjs';
import { mayPass, pauseAfter } from './github.mjs';
import { log } from './log.mjs';
import { heading } from './text.mjs';

/** Characters of a comment that GitHub takes; bytes are never fewer. */
const COMMENT_MAX = 65_536;
/** Comments on a page, pages that are read, and bytes that a page may have: each comment may be of full length. */
const PAGE = 30;
const PAGES_MAX = 100;
const PAGE_BYTES = 10 << 20;
/** Milliseconds for one request, and for all of them: a comment is not worth more. */
const TIMEOUT = 15_000;
const PATIENCE = 60_000;
const TRIES = 3;
/** Characters of a reason. */
const WHY_MAX = 2000;
const COMMIT = /^[0-9a-f]{40}$/;
const REPOSITORY = /^[a-zA-Z0-9_-]+\/[a-zA-Z0-9._-]+$/;

/** Shows on the pull request what it would change, if the job runs for one. */
export async function commentOnPullRequest({ request, manifests, title, found, token }, env) {
  await write(request, token, env, (room) => changesMarkdown({ title, request, manifests, ...found }, room));
}

/** Says on the pull request why nothing is known of it: the comment of an earlier commit must not look current. */
export async function withdrawComment({ request, token }, title, why, env) {
  await write(request, token, env, () => `${heading(title)}${fenced(why.slice(0, WHY_MAX), 'text')}`);
}

async function write(request, token, env, markdown) {
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
  const marker = markerOf(request);
  const head = `${marker}\n${origin(pull, env)}`;
  const why = await new Comments(env, pull.number, token).write(marker, head + markdown(COMMENT_MAX - Buffer.byteLength(head)));
  if (!why) {
    log(`the comment on pull request ${pull.number} shows this too`);
    return;
  }
  const reason = pull.isFork ? 'a pull request from a fork gets a token that may only read' : 'the job needs `permissions: {pull-requests: write}`';
  log(`note: no comment was written on pull request ${pull.number}: ${why}${/^40[134]/.test(why) ? `; ${reason}` : ''}`);
}

/** Of which commit and which run the comment tells. */
function origin({ commit }, { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run }) {
  const of = COMMIT.test(commit) ? `Commit ${commit}` : 'This pull request';
  const link = /^https?:\/\/[a-zA-Z0-9.:-]+$/.test(server ?? '') && /^[0-9]+$/.test(run ?? '') ? `, [run ${run}](${server}/${repository}/actions/runs/${run})` : '';
  return `${of}${link}\n\n`;
}

/** What the comment about a service in an environment begins with. */
export function markerOf({ environment, namespace, service_name: service }) {
  return `<!-- boathook dry run: ${[environment, namespace, service].map(encodeURIComponent).join('/')} -->`;
}

function pullRequest({ GITHUB_EVENT_PATH: path, GITHUB_REPOSITORY: repository }) {
  try {
    const { pull_request: pull } = JSON.parse(readFileSync(path, 'utf8'));
    if (!Number.isSafeInteger(pull?.number)) return undefined;
    const { head } = pull;
    return { number: pull.number, commit: head?.sha, isFork: head?.repo?.full_name !== repository };
  } catch {
    return undefined;
  }
}

class Comments {
  constructor({ GITHUB_API_URL: api, GITHUB_GRAPHQL_URL: graphql, GITHUB_REPOSITORY: repository }, number, token) {
    Object.assign(this, { graphql: graphql || `${api}/graphql`, token, deadline: performance.now() + PATIENCE });
    this.all = `${api}/repos/${repository}/issues/${number}/comments`;
    this.one = `${api}/repos/${repository}/issues/comments`;
  }

  /** Writes into the comment that begins with the marker, or a new one. Resolves to why it could not, if so. */
  async write(marker, body) {
    const { author, unknown } = await this.#author();
    if (unknown) return `it is not known whose comments the token writes (${unknown})`;
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
    const answer = await this.#ask(this.graphql, { method: 'POST', body });
    const login = answer.json?.data?.viewer?.login;
    return answer.status === 200 && typeof login === 'string' ? { author: login } : { unknown: said(answer) };
  }

  async #ask(address, options = {}) {
    const headers = {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${this.token}`,
      'content-type': 'application/json',
      'x-github-api-version': '2022-11-28',
    };
    for (let tries = 1; ; tries += 1) {
      const answer = await exchange(address, Math.min(TIMEOUT, this.deadline - performance.now()), { ...options, headers, most: PAGE_BYTES });
      const pause = Math.max(pauseAfter(answer), tries) * 1000;
      // Writing a comment again after no answer could write it twice.
      const isLost = options.method === 'POST' && address === this.all && answer.status === undefined;
      const isOver = performance.now() + pause >= this.deadline;
      if (!mayPass(answer) || isLost || tries === TRIES || isOver) return answer;
      await sleep(pause);
    }
  }
}

function said(answer) {
  if (answer.json?.message) return `${answer.status}: ${answer.json.message}`;
  // The text may be that of other people's comments.
  return answer.status === 200 ? '200, and an answer that cannot be read' : answer.why;
}
