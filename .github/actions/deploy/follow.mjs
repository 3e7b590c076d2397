// Follows a deployment to its end, or until the time is over: by its stream of events, and by polling while there is none.
// Both give the same events, numbered; each is logged once. src/cli/follow/follow.rs does the same.

import { setTimeout as sleep } from 'node:timers/promises';

import { EventReader, checkedEvent, maySettle } from './events.mjs';
import { exchange, request } from './exchange.mjs';
import { log } from './log.mjs';
import { Progress } from './progress.mjs';

/** Milliseconds: src/cli/follow/pace.rs says what each is for. */
export const PACE = { answer: 10_000, silence: 40_000, poll: 2_000, queue: 10_000, reconnect: 2_000, longestReconnect: 30_000 };

/** The deployment as it was last seen; empty where nobody answered. */
export async function follow(target, deadline, pace = PACE) {
  return new Follower(target, deadline, pace).toTheEnd();
}

/** Nothing more happens by itself. */
export function isSettled({ status, ended_at }) {
  return typeof ended_at === 'string' || status === 'rollback_failed';
}

class Follower {
  #progress = new Progress();
  #deployment = {};
  /** The sequence of the last event. */
  #after = 0;
  #hasBegun = false;
  /** No more events come. */
  #isComplete = false;
  #waitsFor = '';
  /** The last question for the status had no answer. */
  #isAway = false;

  constructor(target, deadline, pace) {
    Object.assign(this, { target, deadline, pace });
  }

  async toTheEnd() {
    // No event says what a queued deployment waits for; its status does.
    await this.#ask();
    let pause = this.pace.reconnect;
    for (;;) {
      if (!this.#isComplete && (await this.#stream())) pause = this.pace.reconnect;
      const again = performance.now() + pause;
      pause = Math.min(pause * 2, this.pace.longestReconnect);
      do {
        if ((await this.#isOver()) || this.#left() === 0) return this.#deployment;
        await sleep(Math.max(Math.min(this.pace.poll, again - performance.now(), this.#left()), 0));
      } while (performance.now() < again);
    }
  }

  /** Milliseconds to the deadline. */
  #left() {
    return Math.max(this.deadline - performance.now(), 0);
  }

  /** Polls events and status; whether the deployment is settled, and all its events logged. */
  async #isOver() {
    await this.#poll();
    await this.#ask();
    const isOver = isSettled(this.#deployment);
    // What was recorded between the two answers.
    if (isOver) await this.#poll();
    return isOver;
  }

  /** Reads events until the stream ends or falls silent; whether it sent anything. */
  async #stream() {
    const abort = new AbortController();
    const end = setTimeout(() => abort.abort(), this.#left());
    const ask = setInterval(() => this.#hasBegun || this.#ask(), this.pace.queue);
    let silence = setTimeout(() => abort.abort(), this.pace.answer);
    let wasHeard = false;
    try {
      const response = await request(this.target.events, { headers: this.#headers('text/event-stream'), signal: abort.signal });
      if (response.status === 204) this.#isComplete = true;
      if (response.status !== 200) return false;
      const reader = new EventReader();
      const decoder = new TextDecoder();
      for await (const chunk of response.body) {
        wasHeard = true;
        clearTimeout(silence);
        silence = setTimeout(() => abort.abort(), this.pace.silence);
        for (const event of reader.push(decoder.decode(chunk, { stream: true }))) {
          this.#take(event);
          if (maySettle(event)) return true;
        }
      }
    } catch {
      // It was cut, fell silent, or did not begin: what was missed is polled, and the next one resumes.
    } finally {
      [end, ask, silence].forEach(clearTimeout);
      abort.abort();
    }
    return wasHeard;
  }

  /** Logs the events that there are now. */
  async #poll() {
    while (!this.#isComplete) {
      const before = this.#after;
      const { status, json } = await this.#get(this.target.events);
      if (status === 204) this.#isComplete = true;
      const events = status === 200 && Array.isArray(json?.events) ? json.events : [];
      events.map(checkedEvent).filter(Boolean).forEach((event) => this.#take(event));
      if (this.#after === before) return;
    }
  }

  #take(event) {
    if (event.sequence <= this.#after) return;
    this.#after = event.sequence;
    this.#hasBegun ||= event.type === 'started';
    this.#isComplete ||= event.type === 'ended';
    this.#progress.lines(event).forEach((line) => log(line, event.at));
  }

  async #ask() {
    const { status, json } = await this.#get(this.target.status);
    const wasAway = this.#isAway;
    this.#isAway = status !== 200 || typeof json?.status !== 'string';
    if (this.#isAway) {
      if (!wasAway) log('its status cannot be read now; trying again');
      return;
    }
    this.#deployment = json;
    if (json.status !== 'queued' || !json.reason) return;
    // For how long it has waited is no news.
    const waitsFor = String(json.reason).replace(/[0-9]/g, '');
    if (waitsFor !== this.#waitsFor) log(`queued: ${json.reason}`, json.changed_at);
    this.#waitsFor = waitsFor;
  }

  #get(address) {
    return exchange(address, Math.min(this.pace.answer, this.#left()), { headers: this.#headers('application/json') });
  }

  #headers(accept) {
    return { ...this.target.headers, accept, 'last-event-id': String(this.#after) };
  }
}
