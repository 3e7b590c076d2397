// The addresses of one boathook, as seen from this runner.

import { wrongInput } from './stop.mjs';

const WEBHOOK = '/webhook/deploy';
const EMPTY = "`url` is empty: is the secret that holds boathook's address set in this repository or environment?";
const ODD = '`url` is no address such as https://hooks.example.com';

export class Target {
  /** Takes the address of boathook, or of its webhook. */
  static parse(text) {
    if (!text) throw wrongInput(EMPTY);
    // The pattern refuses what URL drops without a word: line breaks, backslashes, quotes.
    if (!/^https?:\/\/[^\s"\\?#]+$/.test(text) || !URL.canParse(text)) throw wrongInput(ODD);
    const url = new URL(text);
    const path = url.pathname.replace(/\/+$/, '');
    const at = path.indexOf(WEBHOOK);
    const root = url.origin + (at < 0 ? path : path.slice(0, at));
    const webhook = url.origin + (at < 0 ? path + WEBHOOK : path);
    return new Target(root, webhook, url.username || url.password ? { authorization: basic(url) } : {});
  }

  constructor(root, webhook, headers) {
    Object.assign(this, { root, webhook, headers });
  }

  /** Status and events behind a `status_url`, asked where the post was answered: how others reach boathook does not matter here. */
  deployment(statusUrl) {
    const status = this.root + statusUrl.slice(statusUrl.lastIndexOf('/deployments/'));
    return { status, events: status.replace('?', '/events?'), headers: this.headers };
  }
}

/** fetch takes no address with a user and a password; a proxy in front of boathook may ask for them. */
function basic({ username, password }) {
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
