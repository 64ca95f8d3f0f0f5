// Signs in, lists contacts live and shows one contact live. It goes when the web client comes.
import { Hub } from '/hub.js';
import { RecordPanel } from '/record.js';

const $ = id => document.getElementById(id);
const session = { get token() { return sessionStorage.getItem('token'); }, set token(value) { value ? sessionStorage.setItem('token', value) : sessionStorage.removeItem('token'); } };
let hub, list, panel, since;

async function rest(method, path, body, headers = {}) {
  const answer = await fetch(path, {
    method, headers: { ...(session.token && { authorization: `Bearer ${session.token}` }), ...(body && { 'content-type': 'application/json' }), ...headers }, body: body && JSON.stringify(body),
  });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(json.detail ?? json.title ?? `Error ${answer.status}`), { status: answer.status });
  return json;
}

$('signin').addEventListener('submit', async event => {
  event.preventDefault();
  $('signin-wrong').textContent = '';
  try {
    const { email, password } = Object.fromEntries(new FormData(event.target));
    session.token = (await rest('POST', '/api/v1/auth/token', { email, password })).accessToken;
    event.target.reset();
    await enter();
  } catch (wrong) {
    $('signin-wrong').textContent = wrong.message;
  }
});

$('leave').addEventListener('click', async () => {
  await rest('POST', '/api/v1/auth/logout').catch(() => {});
  leave('Signed out');
});

$('q').addEventListener('input', () => {
  clearTimeout($('q').timer);
  $('q').timer = setTimeout(() => openList().catch(showFault), 120);
});

$('add').addEventListener('click', async () => {
  try {
    const made = await rest('POST', '/api/v1/contacts', { name: 'New contact' });
    await choose(made.id);
    panel.focus();
  } catch (fault) { showFault(fault); }
});

async function enter() {
  const me = await rest('GET', '/api/v1/me');
  $('who').textContent = `${me.name} · ${me.tenant}`;
  [$('signin').hidden, $('work').hidden, $('leave').hidden] = [true, false, false];
  hub = new Hub(() => session.token, showLine, resume);
  panel = new RecordPanel(hub, { record: $('record'), name: $('name'), version: $('version'), fields: $('fields'), news: $('news'), dialog: $('conflict'), sides: $('sides') });
  hub.on('Changed', change => panel.take(change));
  hub.on('ChangedMany', changes => changes.forEach(change => panel.take(change)));
  hub.on('Resync', ({ refs }) => refs.includes(panel.ref) && panel.watch());
  hub.on('Removed', ({ ref }) => ref === panel.ref && panel.removed());
  hub.on('ListChanged', changed => list && changed.subscription === list.subscription && takeList(changed));
  hub.on('SignedOut', ({ reason }) => leave(reason));
  hub.open();
}

// After each connection, the first one too: lists are opened anew, the record goes on from the version at hand.
async function resume() {
  list = null;
  await Promise.all([openList(), panel.ref && panel.watch()]);
  await panel.sendWaiting();
}

function leave(reason) {
  hub?.close();
  session.token = null;
  location.hash = '';
  [$('signin').hidden, $('work').hidden, $('leave').hidden, $('record').hidden] = [false, true, true, true];
  $('who').textContent = '';
  $('rows').replaceChildren();
  showLine('off', reason);
}

async function openList() {
  const old = list, q = $('q').value.trim();
  const answer = await hub.invoke('WatchList', 'contacts', { q: q || null, filter: null, sort: q ? null : 'name', limit: 100 });
  if (q !== $('q').value.trim()) { // More was typed meanwhile: a newer question is on its way.
    hub.invoke('UnwatchList', answer.subscription).catch(() => {});
    return;
  }
  list = { subscription: answer.subscription, rows: new Map(answer.items.map(item => [item.id, item])), order: answer.items.map(item => item.id) };
  if (old) hub.invoke('UnwatchList', old.subscription).catch(() => {});
  drawList(new Set());
}

function takeList({ upserts, removed, order }) {
  removed.forEach(id => list.rows.delete(id));
  upserts.forEach(item => list.rows.set(item.id, item));
  list.order = order ?? [...list.rows.keys()];
  drawList(new Set(upserts.map(item => item.id)));
}

function drawList(fresh) {
  const had = new Map([...$('rows').children].map(li => [li.dataset.id, li]));
  const focused = document.activeElement?.closest('li')?.dataset.id;
  $('rows').replaceChildren(...list.order.filter(id => list.rows.has(id)).map(id => {
    const li = had.get(id) ?? Object.assign(document.createElement('li'), { innerHTML: '<button type="button" class="row"><b></b><span class="tag"></span><span class="sub"></span></button>' });
    const { fields } = list.rows.get(id), button = li.firstElementChild;
    li.dataset.id = id;
    button.onclick = () => choose(id);
    button.querySelector('b').textContent = fields.name || fields.company || fields.emails?.[0] || '(no name)';
    button.querySelector('.tag').textContent = fields.priority === 'high' ? 'High' : '';
    button.querySelector('.sub').textContent = [fields.title, fields.name && fields.company, fields.phones?.[0]].filter(Boolean).join(' · ');
    button.setAttribute('aria-current', id === panel.id);
    if (fresh.has(id)) { button.classList.remove('fresh'); void button.offsetWidth; button.classList.add('fresh'); }
    return li;
  }));
  if (focused) $('rows').querySelector(`[data-id="${focused}"] button`)?.focus(); // A live change never takes the focus away.
  $('empty').hidden = list.rows.size > 0;
}

async function choose(id) {
  try {
    await panel.open(id);
    location.hash = id;
    for (const li of $('rows').children) li.firstElementChild.setAttribute('aria-current', li.dataset.id === id);
  } catch (fault) { showFault(fault); }
}

function showLine(state, text) {
  since = state === 'stale' ? since ?? new Date() : undefined;
  $('line').dataset.state = state;
  $('line').textContent = text ?? { live: 'Live', 'catching up': 'Catching up', stale: `Stale since ${since?.toLocaleTimeString()}` }[state];
}

function showFault(fault) { $('news').textContent = fault.message; }

if (session.token) {
  enter().then(() => location.hash && panel.later(location.hash.slice(1)), () => leave('Signed out'));
}
