/** What pages gain from JavaScript: they keep themselves up to date. Everything else is forms and links. */

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** How far the reader's clock is ahead of the service's. */
const aheadMs = Date.now() - Date.parse(document.body.dataset.now);

/** How long ago, as the server writes it; the moment itself in the reader's own zone and habits. */
function tellTimes() {
  for (const time of document.querySelectorAll('time[datetime]')) {
    const at = Date.parse(time.dateTime);
    const distance = at + aheadMs - Date.now();
    const [unit, ms] = units.find(([, size]) => Math.abs(distance) >= size) ?? ['second', 1000];
    const text = relative.format(Math.trunc(distance / ms), unit);
    if (time.textContent !== text) time.textContent = text;
    time.title = new Date(at).toLocaleString();
  }
}

/** How to find what has the focus again after its surroundings were replaced. */
function rememberFocus() {
  const focused = document.activeElement;
  const owner = focused?.closest('[id]');
  if (!owner) return () => {};
  const at = [...owner.querySelectorAll(focused.tagName)].indexOf(focused);
  return () => {
    if (focused.isConnected) return;
    const again = document.getElementById(owner.id);
    const target = at < 0 ? again : again?.querySelectorAll(focused.tagName)[at];
    target?.focus({ preventScroll: true });
  };
}

/** Somebody is filling it in, or has opened something in it: it must not change under their hands. */
const isInUse = (part) =>
  part.querySelector('details[open] form, input:focus, select:focus, textarea:focus') !== null;

function replacePart(part, fresh) {
  if (isInUse(part) || part.outerHTML === fresh.outerHTML) return;
  const open = [...part.querySelectorAll('details')].map((details) => details.open);
  const focusAgain = rememberFocus();
  part.replaceWith(fresh);
  [...fresh.querySelectorAll('details')].forEach((details, at) => (details.open = open[at] ?? false));
  focusAgain();
  tellTimes();
}

const announce = (text) => (document.getElementById('announcer').textContent = text);

/** A part as the server tells it: it takes the place of its earlier self, or comes first in the list. */
function takePart({ id, html, isNew, announce: text }) {
  const template = document.createElement('template');
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  const known = document.getElementById(id);
  const rows = document.getElementById('rows');
  if (known === null && !isNew) return;
  if (known !== null) replacePart(known, fresh);
  else if (rows === null) refreshSoon();
  else {
    rows.prepend(fresh);
    fresh.classList.add('fresh');
    while (rows.children.length > 100) rows.lastElementChild.remove();
    tellTimes();
  }
  if (text !== null) announce(text);
}

/** Reads the page again and takes over each part that has changed. */
async function refresh() {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (response.redirected) return location.reload();
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const state = document.querySelector('#summary .state')?.textContent;
  for (const part of document.querySelectorAll('[data-part]')) {
    const fresh = part.parentElement?.closest('[data-part]') ? null : page.getElementById(part.id);
    if (fresh !== null) replacePart(part, document.importNode(fresh, true));
  }
  document.title = page.title;
  const stateNow = document.querySelector('#summary .state')?.textContent;
  if (stateNow !== state) announce(stateNow.trim().replaceAll(/\s+/g, ' '));
}

/** At most one at a time, and one a second. */
let refreshing = null;
let isStale = false;
function refreshSoon() {
  isStale = true;
  refreshing ??= (async () => {
    while (isStale) {
      isStale = false;
      await refresh().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    refreshing = null;
  })();
}

let source = null;
let retryMs = 1000;

function showLive(isLive) {
  const mark = document.getElementById('live');
  mark.hidden = false;
  mark.textContent = isLive ? 'Live' : 'Reconnecting…';
  mark.classList.toggle('on', isLive);
}

function connect() {
  if (source !== null || document.hidden) return;
  source = new EventSource(document.body.dataset.live);
  source.addEventListener('open', () => {
    retryMs = 1000;
    showLive(true);
    // What changed between the page and the stream.
    refreshSoon();
  });
  source.addEventListener('part', ({ data }) => takePart(JSON.parse(data)));
  source.addEventListener('stale', refreshSoon);
  source.addEventListener('error', () => {
    showLive(false);
    if (source?.readyState !== EventSource.CLOSED) return;
    // Refused, as by a service that stops or by a session that has ended: the browser does not come back by itself.
    disconnect();
    setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, 30_000);
    refreshSoon();
  });
}

function disconnect() {
  source?.close();
  source = null;
}

// A message is told once: a reload must not look for it again.
const address = new URL(location.href);
if (address.searchParams.has('told')) {
  address.searchParams.delete('told');
  history.replaceState(null, '', address.pathname + address.search);
}
tellTimes();
setInterval(tellTimes, 5000);
document.getElementById('flash')?.focus();
if (document.body.dataset.live) {
  connect();
  // A browser allows few connections to one host: pages that nobody sees need none.
  document.addEventListener('visibilitychange', () => (document.hidden ? disconnect() : connect()));
  addEventListener('pagehide', disconnect);
  addEventListener('pageshow', connect);
}
