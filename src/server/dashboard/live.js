// Follows the record while a page is open: when a record arrives, it reads the same page again and puts the sections that
// changed in place of the old ones. All that is shown is made by boathook; nothing is made up here but the seconds that count down,
// and times in the reader's zone. The pages for operators and the one for senders have the same script.
"use strict";

(() => {
  /** Milliseconds from one reading to the next, so that many records make few readings. */
  const REST = 700;
  /** Milliseconds until a stream is asked for again that the browser has given up. */
  const RETRY = 10_000;
  const main = document.querySelector("main");
  const link = document.getElementById("link");
  const announcement = document.getElementById("announcement");
  if (!main) return;

  let ahead = Date.parse(main.dataset.now) - Date.now();
  let received = sectionsOf(main);
  let reading = false;
  let again = false;
  let source = null;
  /** What was counted down to its end already, as the moments of those ends. */
  const over = new Set();

  /** The sections as boathook wrote them, by id; what counts down here does not change these. */
  function sectionsOf(root) {
    return new Map([...root.querySelectorAll("section[id]")].map((section) => [section.id, section.outerHTML]));
  }

  function show(state, text) {
    link.className = `link ${state}`;
    link.textContent = text;
  }

  async function read() {
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    try {
      do {
        again = false;
        const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
        if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
        await new Promise((rested) => setTimeout(rested, REST));
      } while (again);
    } catch {
      show("off", "not connected");
    } finally {
      reading = false;
    }
  }

  /** Puts what changed in place, and leaves open what is open. */
  function take(page) {
    const fresh = page.querySelector("main");
    if (!fresh) return;
    const sections = sectionsOf(fresh);
    let before = null;
    for (const section of [...fresh.querySelectorAll("section[id]")]) {
      const old = document.getElementById(section.id);
      if (!old) insert(section, before);
      else if (sections.get(section.id) !== received.get(section.id)) replace(old, section);
      before = document.getElementById(section.id);
    }
    for (const id of received.keys()) {
      if (!sections.has(id)) document.getElementById(id)?.remove();
    }
    received = sections;
    ahead = Date.parse(fresh.dataset.now) - Date.now();
    document.title = page.title;
    document.getElementById("read").replaceWith(document.adoptNode(page.getElementById("read")));
    localise();
    if (fresh.dataset.announcement !== main.dataset.announcement) {
      main.dataset.announcement = fresh.dataset.announcement;
      announcement.textContent = fresh.dataset.announcement;
    }
    if (!fresh.dataset.live) rest();
    count();
  }

  /** Puts a section that was not there in its place: behind the one before it, or as the first. */
  function insert(fresh, before) {
    const section = document.adoptNode(fresh);
    if (before) before.after(section);
    else main.querySelector("section[id]").before(section);
  }

  function replace(old, fresh) {
    const open = [...old.querySelectorAll("details[open]")].map((details) => details.id);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const holder = focused && focused.closest("details[id]");
    const target = focused && focused.getAttribute("href");
    old.replaceWith(document.adoptNode(fresh));
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    const next = holder ? document.getElementById(holder.id)?.querySelector("summary") : target && fresh.querySelector(`a[href="${CSS.escape(target)}"]`);
    next?.focus({ preventScroll: true });
  }

  /** Times in the reader's zone; in UTC, as boathook wrote them, for the pointer. */
  function localise() {
    document.getElementById("zone").textContent = `(times: ${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
    for (const time of document.querySelectorAll("time[datetime]:not([data-ends])")) {
      time.title ||= time.textContent;
      time.textContent = inZone(new Date(time.dateTime), time.classList.contains("clock"));
    }
  }

  function inZone(at, isClock) {
    const two = (number) => String(number).padStart(2, "0");
    const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
    return isClock ? clock : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`;
  }

  /** Few words for so many seconds, of a unit that suits; `left.rs` has the same. */
  function inWords(left) {
    const [unit, name] = left < 600 ? [1, "s"] : left < 10800 ? [60, "min"] : left < 172800 ? [3600, "h"] : [86400, "days"];
    return `${Math.ceil(left / unit)} ${name} left`;
  }

  /** Counts down by boathook's clock. What ends by itself, such as a lock, has no record: the page is read again then. */
  function count() {
    for (const shown of document.querySelectorAll("[data-ends]")) {
      const left = Math.max(0, Math.ceil((Date.parse(shown.dataset.ends) - Date.now() - ahead) / 1000));
      if (shown instanceof HTMLProgressElement) shown.value = shown.max - Math.min(left, shown.max);
      else shown.textContent = left > 0 ? inWords(left) : shown.dataset.over;
      if (left === 0 && !over.has(shown.dataset.ends)) {
        over.add(shown.dataset.ends);
        read();
      }
    }
  }

  /** The end: what is shown will not change any more. */
  function rest() {
    source?.close();
    source = null;
    show("", "");
  }

  function follow() {
    // Without an address of its own a page follows the deployment that it shows, with the token in its link.
    source = new EventSource(main.dataset.events ?? `${location.pathname}/events${location.search}`);
    source.addEventListener("open", () => {
      show("on", "live");
      read();
    });
    source.addEventListener("error", () => {
      show("off", "not connected");
      if (source?.readyState === EventSource.CLOSED) setTimeout(follow, RETRY);
    });
    for (const name of main.dataset.names.split(" ")) source.addEventListener(name, changed);
  }

  function changed(event) {
    const { deployment } = JSON.parse(event.data);
    if (main.dataset.live === "all" || !deployment || deployment === main.dataset.live) read();
  }

  localise();
  if (main.dataset.live) {
    follow();
    setInterval(count, 1000);
    count();
  }
})();
