// Which answers are worth another try, and after how long: crates/boathook-core/src/failure/http.rs in JavaScript. A test compares the two.

/** The longest pause in seconds that a Retry-After can ask for. */
export const LONGEST_RETRY_AFTER = 120;

/** Seconds between two posts: at first, and at most. */
export const FIRST_PAUSE = 1;
export const LONGEST_PAUSE = 30;

const TRANSIENT = new Set([408, 429, 500, 502, 503, 504]);
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Whether an answer with this status may be another one next time. A content network answers 520 to 530 if the origin did not answer. */
export function isTransient(status) {
  return TRANSIENT.has(status) || (status >= 520 && status <= 530);
}

/** The seconds that a Retry-After asks for, in seconds or as a date; undefined where it cannot be read. */
export function retryAfter(value, now = Date.now()) {
  const text = (value ?? '').trim();
  const seconds = /^\+?\d+$/.test(text) ? Number(text) : HTTP_DATE.test(text) ? (Date.parse(text) - now) / 1000 : NaN;
  // Not a number, or one that 64 bits do not hold.
  if (Number.isNaN(seconds) || seconds > 2 ** 64) return undefined;
  return Math.min(Math.max(seconds, 0), LONGEST_RETRY_AFTER);
}
