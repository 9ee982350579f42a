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
function tellTimes(root = document) {
  for (const time of root.querySelectorAll('time[datetime]:not([data-since])')) {
    const at = Date.parse(time.dateTime);
    const distance = at + aheadMs - Date.now();
    const [unit, ms] = units.find(([, size]) => Math.abs(distance) >= size) ?? ['second', 1000];
    const text = relative.format(Math.trunc(distance / ms), unit);
    // Of a clock's time the reader's own is in the tooltip.
    if (time.dataset.clock === undefined && time.textContent !== text) time.textContent = text;
    time.title = new Date(at).toLocaleString();
  }
}

/** As the server writes durations in columns. */
function shortDuration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (part) => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours > 0) return `${hours}h ${two(minutes)}m`;
  return minutes > 0 ? `${minutes}m ${two(rest)}s` : `${rest}s`;
}

/** What is still going on takes longer each second. */
function tickDurations(root = document) {
  for (const time of root.querySelectorAll('time[data-since]'))
    time.textContent = shortDuration(Date.now() - aheadMs - Date.parse(time.dataset.since));
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

/** What a part says, apart from what the reader sees of it: how long ago, what is opened, what is new. */
function essenceOf(part) {
  const copy = part.cloneNode(true);
  copy.removeAttribute('class');
  copy.removeAttribute('data-over');
  for (const details of copy.querySelectorAll('details')) details.open = false;
  for (const time of copy.querySelectorAll('time')) {
    time.textContent = '';
    time.removeAttribute('title');
    if (time.dataset.since) time.removeAttribute('datetime');
  }
  return copy.outerHTML;
}

/** Puts a part in the place of its earlier self, unless it says the same: then nothing is painted anew. */
function replacePart(part, fresh) {
  if (isInUse(part) || essenceOf(part) === essenceOf(fresh)) return;
  const open = [...part.querySelectorAll('details')].map((details) => details.open);
  const focusAgain = rememberFocus();
  tellTimes(fresh);
  part.replaceWith(fresh);
  [...fresh.querySelectorAll('details')].forEach((details, at) => (details.open = open[at] ?? false));
  focusAgain();
}

/** More rows than this are not gathered on one page. */
const mostRows = 100;

/** Takes over rows that are new or say something else, in their order. Those that are the same are not touched. */
function replaceRows(rows, fresh) {
  const wanted = new Set([...fresh.children].map(({ id }) => id));
  const isCrowded = rows.children.length > mostRows;
  const stays = ({ id, dataset }) => wanted.has(id) || (isOver(dataset) && !isCrowded);
  for (const row of [...rows.children]) if (!stays(row)) row.remove();
  let at = rows.firstElementChild;
  for (const row of [...fresh.children]) {
    while (at !== null && !wanted.has(at.id)) at = at.nextElementSibling;
    if (at?.id === row.id) {
      const next = at.nextElementSibling;
      replacePart(at, row);
      at = next;
    } else {
      document.getElementById(row.id)?.remove();
      tellTimes(row);
      rows.insertBefore(row, at);
    }
  }
}

/** A row that came to its end while somebody looked on stays, though the list would not show it any more. */
const isOver = (dataset) => dataset.over !== undefined;

const announce = (text) => (document.getElementById('announcer').textContent = text);

/** Puts a row where its time belongs. One that belongs on a later page is not shown. @returns whether it is */
function insertRow(rows, fresh) {
  const older = [...rows.children].find(({ dataset }) => Number(dataset.at) <= Number(fresh.dataset.at));
  const hasMore = document.querySelector('#pages [rel=next]') !== null;
  if (older === undefined && hasMore) return false;
  tellTimes(fresh);
  fresh.classList.add('fresh');
  rows.insertBefore(fresh, older ?? null);
  // Read again, the page is a short one, and its link to the next page leads on from there.
  if (rows.children.length > mostRows) refreshSoon();
  return true;
}

/** A part as the server sends it: it takes the place of its earlier self, or its own in the list. */
function takePart({ id, html, isNew, isOver, announce: text }) {
  const template = document.createElement('template');
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  if (isOver) fresh.dataset.over = '';
  const known = document.getElementById(id);
  const rows = document.getElementById('rows');
  if (known === null && !isNew) return;
  if (known !== null) replacePart(known, fresh);
  else if (rows === null) refreshSoon();
  else if (!insertRow(rows, fresh)) return;
  if (text !== null) announce(text);
}

/** Reads the page again and takes over what has changed. */
async function refresh() {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } });
  // It needs to be signed in to, or is not there for this reader any more.
  if (response.redirected || [403, 404, 410].includes(response.status)) return location.reload();
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const state = document.querySelector('#summary .state')?.textContent;
  for (const part of document.querySelectorAll('[data-part]')) {
    const fresh = part.parentElement?.closest('[data-part]') ? null : page.getElementById(part.id);
    if (fresh === null) continue;
    const [rows, freshRows] = [part.querySelector('#rows'), fresh.querySelector('#rows')];
    if (rows !== null && freshRows !== null) replaceRows(rows, document.importNode(freshRows, true));
    else if (rows === null || ![...rows.children].some(({ dataset }) => isOver(dataset)))
      replacePart(part, document.importNode(fresh, true));
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

// A message is shown once: a reload must not look for it again.
const address = new URL(location.href);
if (address.searchParams.has('message')) {
  address.searchParams.delete('message');
  history.replaceState(null, '', address.pathname + address.search);
}
tellTimes();
setInterval(tellTimes, 5000, document);
setInterval(tickDurations, 1000, document);
document.getElementById('flash')?.focus();
if (document.body.dataset.live) {
  connect();
  // A browser allows few connections to one host: pages that nobody sees need none.
  document.addEventListener('visibilitychange', () => (document.hidden ? disconnect() : connect()));
  addEventListener('pagehide', disconnect);
  addEventListener('pageshow', connect);
}

/** Copies the text of the element that a button names. Without a script the text is selected by a click. */
document.addEventListener('click', async ({ target }) => {
  const button = target.closest?.('button[data-copy]');
  if (!button) return;
  const text = document.getElementById(button.dataset.copy)?.textContent ?? '';
  await navigator.clipboard.writeText(text).then(
    () => announce('Copied'),
    () => announce('The browser does not let this page copy'),
  );
});
for (const button of document.querySelectorAll('button[data-copy]')) button.hidden = false;

const clickFirst = (selector) => document.querySelector(selector)?.click();
const focusOn = (selector) => document.querySelector(selector)?.focus();
const goTo = (path) => {
  const link = document.querySelector(`.top nav a[href$="${path}"]`);
  if (link) location.assign(link.href);
};

/** Moves among things that are the same: rows, failed jobs. */
function step(selector, by) {
  const all = [...document.querySelectorAll(selector)];
  const at = all.indexOf(document.activeElement);
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

const rowLinks = '#rows a.row, tbody th a';
const openForm = (selector) => {
  const details = document.querySelector(selector)?.closest('details');
  if (!details) return;
  details.open = true;
  details.querySelector('input:not([type=hidden]), select, button')?.focus();
};

/** What keys do; none changes anything by itself: those for actions lead to the form or its button. */
const keys = {
  '/': () => focusOn('#project, input[type=search]'),
  j: () => step(rowLinks, 1),
  k: () => step(rowLinks, -1),
  x: () => document.activeElement?.closest('tr')?.querySelector('input[type=checkbox]')?.click(),
  '[': () => step('.job.bad > :is(a, .face)', -1),
  ']': () => step('.job.bad > :is(a, .face)', 1),
  o: () => clickFirst('#summary a.out'),
  r: () => focusOn('#actions form[action$="/retry"] button'),
  p: () => {
    if (document.querySelector('#approvals:not([hidden]) input[name=comment]'))
      focusOn('#approvals input[name=comment]');
    else openForm('#actions form[action$="/play"]');
  },
  l: () => clickFirst('#logs'),
  t: () => document.getElementById('timeline')?.scrollIntoView(),
  u: () => document.querySelector('.crumbs') && clickFirst('.crumbs a'),
  '?': () => document.getElementById('shortcuts')?.togglePopover(),
};
const places = { t: '/', s: '/statistics', d: '/deliveries', h: '/hooks' };

const offKey = 'pipeline-trigger-no-shortcuts';
const off = document.getElementById('no-shortcuts');
if (off) {
  off.checked = localStorage.getItem(offKey) !== null;
  off.addEventListener('change', () =>
    off.checked ? localStorage.setItem(offKey, '1') : localStorage.removeItem(offKey),
  );
}

let isAfterG = false;
addEventListener('keydown', (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  const isTyping = target.closest?.('input:not([type=checkbox]), select, textarea') !== null;
  if (isTyping || ctrlKey || metaKey || altKey || off === null || off.checked) return;
  const act = isAfterG ? places[key] && (() => goTo(places[key])) : keys[key];
  isAfterG = !isAfterG && key === 'g';
  if (!act) return;
  event.preventDefault();
  act();
});
