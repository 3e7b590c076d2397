// A deployment's events: as they are streamed, and as they are polled.

/** Characters of one event at most; what is longer is not boathook's. */
const EVENT_MAX = 1 << 20;

/** Reads server-sent events from text that is cut anywhere. */
export class EventReader {
  #text = '';
  #id = '';
  #data = [];

  /** The events that one more piece of text completes. */
  push(text) {
    // A carriage return at the end may be half of a line end.
    const lines = (this.#text + text).split(/\r\n|\r(?!$)|\n/);
    this.#text = lines.pop();
    const events = lines.map((line) => this.#take(line)).filter(Boolean);
    if (this.#text.length + this.#data.reduce((sum, line) => sum + line.length, 0) > EVENT_MAX) throw new Error('an event is too long');
    return events;
  }

  #take(line) {
    if (line === '') return this.#complete();
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (field === 'id') this.#id = value;
    if (field === 'data') this.#data.push(value);
    return undefined;
  }

  #complete() {
    const event = parseEvent(this.#data.join('\n'), this.#id);
    this.#data = [];
    return event;
  }
}

function parseEvent(data, id) {
  try {
    return checkedEvent({ ...JSON.parse(data), sequence: Number(id) });
  } catch {
    return undefined;
  }
}

/** The event, or undefined if it is not boathook's. */
export function checkedEvent(event) {
  return Number.isSafeInteger(event?.sequence) && typeof event.type === 'string' ? event : undefined;
}

/** Nothing more may happen by itself. */
export function maySettle({ type }) {
  return type === 'ended' || type === 'rollback_failed';
}
