// One contact: confirmed state by version, edits as patches over it, conflicts side by side.
const shown = [
  ['name', 'Name'], ['company', 'Company'], ['title', 'Job title'], ['emails', 'E-mails', 'list'], ['phones', 'Phones', 'list'], ['tags', 'Tags', 'list'],
  ['priority', 'Priority', ['low', 'normal', 'high']], ['status', 'Status', ['lead', 'active', 'customer', 'inactive']], ['notes', 'Notes', 'long'],
];
const text = value => (Array.isArray(value) ? value.join(', ') : value ?? '');

export class RecordPanel {
  constructor(hub, parts) {
    Object.assign(this, { hub, parts, waiting: new Map() });
    parts.fields.addEventListener('submit', event => event.preventDefault());
    parts.fields.replaceChildren(...shown.map(field => this.#field(field)));
  }

  get ref() { return this.id && `contacts/${this.id}`; }

  later(id) { this.id = id; } // Opened with the next connection.

  focus() { this.parts.fields.elements.name.select(); }

  async open(id) {
    if (this.ref) this.hub.invoke('Unwatch', this.ref).catch(() => {});
    Object.assign(this, { id, version: undefined, waiting: new Map() });
    await this.watch();
    this.parts.name.focus();
  }

  // With a version at hand only what was missed comes.
  async watch() {
    const answer = await this.hub.invoke('Watch', this.ref, this.version ?? null);
    if (answer.record) {
      [this.version, this.fields] = [answer.version, answer.record.fields];
      this.#draw();
    } else {
      answer.changes.forEach(change => this.take({ ...change, ref: this.ref }));
    }
  }

  take(change) {
    if (change.ref !== this.ref || change.version <= this.version) return;
    if (change.version !== this.version + 1) { this.watch().catch(() => {}); return; }
    this.version = change.version;
    for (const [name, { to }] of Object.entries(change.fields)) {
      if (to === null) delete this.fields[name];
      else this.fields[name] = to;
    }
    this.#draw(new Set(Object.keys(change.fields)), change.by);
  }

  removed() {
    this.parts.news.textContent = 'This contact was deleted, or you may no longer see it.';
    this.parts.record.hidden = true;
    this.id = undefined;
  }

  // What could not be sent goes out under its first id: if it did arrive, it is not done twice.
  async sendWaiting() {
    for (const [name, edit] of this.waiting) await this.#send(name, edit);
  }

  #field([name, label, type]) {
    const wrapper = document.createElement('label');
    wrapper.className = type === 'long' ? 'field wide' : 'field';
    const input = document.createElement(Array.isArray(type) ? 'select' : type === 'long' ? 'textarea' : 'input');
    if (Array.isArray(type)) input.append(...type.map(value => new Option(value, value)));
    input.name = name;
    const note = Object.assign(document.createElement('span'), { className: 'note' });
    wrapper.append(label, input, note);
    input.addEventListener('focus', () => { input.base = input.dirty ? input.base : this.version; });
    input.addEventListener('input', () => { input.dirty = true; });
    input.addEventListener('change', () => this.#edited(name, type, input));
    return wrapper;
  }

  #draw(changed = new Set(), by) {
    this.parts.record.hidden = false;
    this.parts.name.textContent = this.fields.name || this.fields.company || '(no name)';
    this.parts.version.textContent = `Version ${this.version}`;
    for (const [name] of shown) {
      const input = this.parts.fields.elements[name], note = input.nextElementSibling;
      if (input.dirty) {
        if (changed.has(name) && input.value !== text(this.fields[name])) this.#note(name, `${by} has just set this to “${text(this.fields[name])}”`, 'warn');
        continue; // What is being typed is never overwritten.
      }
      if (input.value !== text(this.fields[name])) {
        input.value = text(this.fields[name]);
        if (changed.has(name)) { input.classList.remove('fresh'); void input.offsetWidth; input.classList.add('fresh'); }
      }
      if (!changed.size) note.textContent = '';
    }
    if (changed.size) this.parts.news.textContent = `${by} changed ${[...changed].join(', ')}.`;
  }

  async #edited(name, type, input) {
    const value = type === 'list' ? input.value.split(',').map(part => part.trim()).filter(Boolean) : input.value.trim() || null;
    const edit = { base: input.base ?? this.version, value, id: crypto.randomUUID() };
    this.waiting.set(name, edit);
    await this.#send(name, edit);
  }

  async #send(name, edit) {
    const input = this.parts.fields.elements[name];
    this.#note(name, 'Saving …');
    let outcome;
    try {
      outcome = await this.hub.invoke('Edit', this.ref, edit.base, { [name]: edit.value }, edit.id);
    } catch (fault) {
      this.#note(name, fault.message, 'warn'); // It stays in waiting.
      return;
    }
    if (this.waiting.get(name) !== edit) return; // A newer edit of the field is on its way.
    this.waiting.delete(name);
    if (outcome.status === 'conflict') {
      await this.#choose(name, edit, outcome);
    } else if (outcome.status === 'rejected') {
      this.#note(name, outcome.errors.map(error => error.text).join(' '), 'bad');
    } else {
      [input.dirty, input.base] = [false, outcome.version];
      this.#note(name, 'Saved');
    }
  }

  async #choose(name, edit, { conflicts: [conflict], version }) {
    const { dialog, sides } = this.parts, input = this.parts.fields.elements[name];
    const side = (title, value) => {
      const box = Object.assign(document.createElement('div'), { className: 'side' });
      box.append(Object.assign(document.createElement('small'), { textContent: title }), Object.assign(document.createElement('p'), { textContent: text(value) || '(empty)' }));
      return box;
    };
    sides.replaceChildren(
      side('Before', conflict.base), side(`Theirs: ${conflict.by}, ${new Date(conflict.at).toLocaleTimeString()}`, conflict.theirs), side('Yours', conflict.yours));
    dialog.returnValue = '';
    dialog.showModal();
    await new Promise(resolve => dialog.addEventListener('close', resolve, { once: true }));
    if (dialog.returnValue === 'yours') {
      const again = { base: version, value: edit.value, id: crypto.randomUUID() };
      this.waiting.set(name, again);
      await this.#send(name, again);
    } else if (dialog.returnValue === 'theirs') {
      input.dirty = false;
      this.#draw();
      this.#note(name, 'Theirs kept');
    } else {
      this.#note(name, 'Not saved: your text is still here', 'warn');
    }
  }

  #note(name, message, tone = '') {
    const note = this.parts.fields.elements[name].nextElementSibling;
    note.textContent = message;
    note.className = `note ${tone}`;
  }
}
