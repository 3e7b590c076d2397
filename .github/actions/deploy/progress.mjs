// What is logged of a deployment under way, line by line: src/cli/follow/progress_log.rs in JavaScript. A test compares the two.

/** A deployment's progress, from its events. */
export class Progress {
  #steps = [];
  #back = [];
  #done = 0;
  #rollingBack = false;
  #current = '';
  #hasBegun = false;
  /** The new revision's share of requests, as last said. */
  #percent;
  /** How many probes of each URL failed in the current step, as last said. */
  #failures = new Map();

  /** What to log about an event. */
  lines(event) {
    const { type, by, note, reason } = event;
    switch (type) {
      case 'accepted':
        if (event.approve_until) return [`awaiting approval until ${dateAndTime(event.approve_until)}: approve it with \`boathook approve\``];
        return event.opens_at ? [awaitsWindow(event)] : [];
      case 'awaits_window':
        return [awaitsWindow(event)];
      case 'approved':
        return [`approved by ${by}${note ? `: ${note}` : ''}`];
      case 'started':
        return ['reading the cluster'];
      case 'planned':
        [this.#steps, this.#back] = [list(event.steps), list(event.rollback)];
        return [`planned ${this.#steps.length} steps`, ...list(event.notes).map((text) => `note: ${text}`)];
      case 'step_started':
        return this.#stepStarted(String(event.step));
      case 'step_learned':
        return this.#found(event);
      case 'step_ended':
        this.#done += 1;
        return this.#found(event);
      case 'step_failed':
        this.#goBack();
        return [this.#failed(reason)];
      case 'rollback_failed':
        this.#goBack();
        return [`rollback failed, an operator is needed: ${this.#failed(reason)}`];
      case 'steered':
        return [`${String(event.action).replaceAll('_', ' ')} by ${by}`];
      default:
        return [];
    }
  }

  #goBack() {
    this.#rollingBack = true;
    this.#done = 0;
    this.#hasBegun = false;
  }

  #failed(reason) {
    return this.#current ? `${this.#current} failed: ${reason}` : `failed: ${reason}`;
  }

  /** A step that begins again after a restart was logged before. */
  #stepStarted(step) {
    const steps = this.#rollingBack ? this.#back : this.#steps;
    const next = steps[this.#done];
    const title = next?.step === step ? next.title : step;
    const number = this.#done + 1;
    const line = `[${this.#rollingBack ? 'rolling back, ' : ''}${number}/${Math.max(steps.length, number)}] ${title}`;
    const again = this.#hasBegun && this.#current === line;
    this.#current = line;
    this.#hasBegun = true;
    this.#failures.clear();
    return again ? [] : [line];
  }

  #found({ findings }) {
    return list(findings).filter((one) => this.#isNews(one)).map(finding).filter(Boolean);
  }

  /** The share of requests is news when it changed, and the figures of a hold that goes on when more probes failed. */
  #isNews({ finding, is }) {
    if (finding === 'serving') {
      const said = this.#percent;
      this.#percent = is?.percent;
      return this.#percent !== said;
    }
    if (finding !== 'health_so_far') return true;
    const failures = Number(is?.numbers?.failures);
    const said = this.#failures.get(is?.of) ?? 0;
    this.#failures.set(is?.of, failures);
    return failures > said;
  }
}

/** Something that a step learned, where people want to know it. */
function finding({ finding, is } = {}) {
  switch (finding) {
    case 'image':
      return `image is ${is}`;
    case 'candidate':
      return `new revision ${is?.name}`;
    case 'candidate_ready':
      return 'new revision is ready';
    case 'serving':
      return `new revision gets ${is?.percent} % of requests`;
    case 'health':
      return health(is);
    case 'health_so_far':
      return `so far, ${health(is)}`;
    case 'waiting':
      return typeof is === 'string' ? `waiting: ${is}` : 'goes on';
    case 'note':
      return `note: ${is}`;
    default:
      return undefined;
  }
}

function health(is) {
  return `${is?.of}: ${is?.numbers?.failures} of ${is?.numbers?.samples} probes failed, 95 % within ${is?.numbers?.p95_ms} ms`;
}

function awaitsWindow({ opens_at, held }) {
  return `awaiting the deployment window, which opens at ${dateAndTime(opens_at)}${held ? `; it is held: ${held}` : ''}`;
}

function dateAndTime(at) {
  return `${String(at).slice(0, 19).replace('T', ' ')} UTC`;
}

function list(value) {
  return Array.isArray(value) ? value.filter((item) => item !== null) : [];
}
