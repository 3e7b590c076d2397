// The inputs of the action, checked as far as that needs no boathook, and the request that they make.

import { resolve } from 'node:path';

import { GitHub } from './github.mjs';
import { identityOf } from './identity.mjs';
import { readManifests } from './manifests.mjs';
import { wrongInput } from './stop.mjs';
import { Target } from './target.mjs';

const REQUIRED = ['environment', 'image', 'namespace', 'service', 'deployment-id'];
/** boathook takes no longer one. */
const LONGEST_ID = 200;
/** As boathook itself reads durations. */
const DURATION = /^(?:[0-9]{1,9}(?:ms|s|m|h|d))+$/;
const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const COMMIT = /^[0-9a-f]{40}$/;
/** What a tag names can change. boathook has the last word on the rest. */
const ARTIFACT = /^[^\s@]+@sha256:[0-9a-f]{64}$/;
const LOOPBACK = new Set(['127.0.0.1', '[::1]']);
const LONGEST = 365 * MILLISECONDS.d;
const SHARES = [['final'], ['initial', 'final'], ['initial', 'intermediate', 'final']];

/** What to send, by which way, signed with what, as whom, and for how long. The runner passes an input NAME as the variable INPUT_NAME, in capitals. */
export function readInputs(env) {
  const given = (name) => env[`INPUT_${name.toUpperCase()}`] ?? '';
  const input = (name) => (name === 'deployment-id' && !given(name) ? defaultId(env) : given(name));
  for (const name of REQUIRED) {
    if (!input(name)) throw wrongInput(`\`${name}\` is empty`);
  }
  const request = {
    environment: input('environment'),
    image: input('image'),
    namespace: input('namespace'),
    service_name: input('service'),
    deployment_id: input('deployment-id'),
    commit_sha: input('commit') || undefined,
    triggered_by: input('triggered-by') || undefined,
    deployment_strategy: input('strategy') || undefined,
    traffic_split: trafficSplit(input('traffic-split')),
    confirmation: input('confirmation') || undefined,
    approval: flag('approval', input('approval')),
    allow_older: flag('allow-older', input('allow-older')),
    after_rollback: flag('after-rollback', input('after-rollback')),
  };
  const domain = input('domain');
  const isDryRun = flag('dry-run', input('dry-run')) === true;
  const manifests = manifestsOf(input, env);
  if (manifests) request.manifests = manifests.text ?? { image: manifests.image };
  const chosen = way(input, env);
  if (isDryRun && !chosen.target) throw wrongInput('`dry-run` needs `via: url`: its answer is the only thing that it leaves');
  // By these, boathook knows for which commit to tell GitHub what becomes of the request.
  if (chosen.channel && chosen.github) Object.assign(request, { repository: env.GITHUB_REPOSITORY, commit_sha: chosen.commit });
  return {
    request,
    timeout: duration(input('timeout') || '20m'),
    isDryRun,
    manifests,
    token: input('token'),
    ...chosen,
    secret: signingKey(input('secret'), chosen.identity),
    serviceUrl: domain && `https://${request.service_name}.${request.namespace}.${domain}`,
  };
}

/** What the request brings, or names in a registry. */
function manifestsOf(input, env) {
  const [path, image] = [input('manifests'), input('manifests-image')];
  if (path && image) throw wrongInput('`manifests` and `manifests-image` exclude each other');
  if (path) return readManifests(resolve(env.GITHUB_WORKSPACE || '.', path));
  if (!image) return undefined;
  if (!ARTIFACT.test(image)) throw wrongInput('`manifests-image` names an artifact by digest: REPOSITORY@sha256:..., and no tag alone');
  return { image };
}

/** The boathook to post to, or the repository in which a deployment is created. */
function way(input, env) {
  const via = input('via') || 'url';
  if (via === 'url') return direct(input, env);
  if (via === 'relay') return relayed(input, env);
  if (via !== 'github') throw wrongInput('`via` is url, github or relay');
  return onGitHub(input, env);
}

/** The repository in which a deployment is made or followed. */
function onGitHub(input, env) {
  const commit = COMMIT.test(input('commit')) ? input('commit') : (env.GITHUB_SHA ?? '');
  if (!COMMIT.test(commit)) throw wrongInput('`commit` is no whole commit, and GITHUB_SHA is not set');
  const githubEnvironment = input('github-environment') || input('environment');
  return { github: GitHub.parse(input('token'), env), commit, githubEnvironment };
}

/** The channel of a relay, and the repository if there is a token to follow the deployment with. */
function relayed(input, env) {
  if (input('identity') === 'true') throw wrongInput('`identity` is for `via: url`; a relay gets a signed request');
  const channel = channelOf(input('url'));
  return { channel, ...(input('token') ? onGitHub(input, env) : {}) };
}

/** The address of a channel, by the rules of boathook's own configuration. */
function channelOf(text) {
  const isPlain = /^https?:\/\/[^\s"\\?#@]+$/.test(text) && URL.canParse(text);
  if (!isPlain || new URL(text).pathname.length < 2) throw wrongInput('`url` is no address of a channel such as https://smee.io/Abc123');
  const { href, protocol, hostname } = new URL(text);
  if (protocol !== 'https:' && !LOOPBACK.has(hostname)) throw wrongInput('the `url` of a relay begins with https://');
  return href;
}

function direct(input, env) {
  const target = Target.parse(input('url'));
  const identity = identityOf(input('identity'), env, input('audience') || target.root, input('secret') !== '');
  if (identity && target.headers.authorization) throw wrongInput('a user in `url` and an identity token need the same header');
  return { target, identity };
}

/** A step that sends again has the same id. A re-run of the workflow, another job and another step are deployments of their own. */
function defaultId({ GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB, GITHUB_ACTION }) {
  if (!GITHUB_RUN_ID) return '';
  const parts = [`${GITHUB_RUN_ID}-${GITHUB_RUN_ATTEMPT || 1}`, GITHUB_JOB, GITHUB_ACTION];
  return parts.filter(Boolean).join('.').slice(0, LONGEST_ID);
}

function duration(text) {
  const parts = DURATION.test(text) ? [...text.matchAll(/([0-9]+)([a-z]+)/g)] : [];
  const milliseconds = parts.reduce((sum, [, number, unit]) => sum + Number(number) * MILLISECONDS[unit], 0);
  if (milliseconds === 0 || milliseconds > LONGEST) throw wrongInput('`timeout` is a duration such as 90s, 20m or 1h30m');
  return { text, milliseconds };
}

/** The percentages under the names that the webhook knows. */
function trafficSplit(text) {
  if (!text) return undefined;
  if (!/^[0-9]{1,3}(,[0-9]{1,3}){0,2}$/.test(text)) {
    throw wrongInput('`traffic-split` is one to three rising percentages that end at 100, such as 10,50,100');
  }
  const shares = text.split(',').map(Number);
  return Object.fromEntries(SHARES[shares.length - 1].map((name, at) => [name, shares[at]]));
}

/** True, or left out. */
function flag(name, text) {
  if (!['', 'true', 'false'].includes(text)) throw wrongInput(`\`${name}\` is true or false`);
  return text === 'true' || undefined;
}

/** A line break at the end does not count, as for boathook. Undefined where an identity token is sent in its place. */
function signingKey(secret, identity) {
  if (!secret && identity) return undefined;
  if (!secret) {
    throw wrongInput('`secret` is empty: is it set in this repository or environment? Without one, the job needs `permissions: {id-token: write}`');
  }
  return Buffer.from(secret.replace(/\r?\n$/, ''));
}
