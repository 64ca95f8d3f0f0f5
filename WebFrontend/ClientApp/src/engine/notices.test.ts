import { describe, expect, test } from 'vitest';
import { type NoticeText, NoticeTexts } from './noticeTexts';
import { type PopUp, PopUps, type Surroundings, type Unread } from './popups';
import { type Channel, Stage } from './stage';

const notice = (id: string, more: Partial<Unread> = {}): Unread => ({ id, event: 'mention', critical: false, desktop: true, score: 50, shown: false, ...more });

/** The notices' records: the first device that asks for one gets it. */
class Desk {
  taken = new Map<string, string>();
  down = false;

  claim(device: string, id: string) {
    if (this.down) throw new Error('down');
    if (this.taken.has(id)) return false;
    this.taken.set(id, device);
    return true;
  }
}

/** A browser whose pauses end when the test says so. */
function browser(desk: Desk, name: string, { leads = true, watched = true } = {}) {
  const shown: PopUp[] = [];
  const withdrawn: string[] = [];
  const pauses: { milliseconds: number; end: () => void }[] = [];
  const state = { leads, watched };
  const around: Surroundings = {
    leads: () => state.leads, watched: () => state.watched, claim: async id => desk.claim(name, id), say: async ids => new Map(ids.map(id => [id, `text of ${id}`])),
    show: popUp => shown.push(popUp), withdraw: ids => withdrawn.push(...ids), pause: milliseconds => new Promise(end => pauses.push({ milliseconds, end: () => end() })),
  };
  const popups = new PopUps(around);
  const turns = async () => { for (let turn = 0; turn < 30; turn++) await Promise.resolve(); };
  return {
    popups, shown, withdrawn, state, pauses, ids: () => shown.flatMap(popUp => popUp.notices.map(one => one.id)),
    async pass() { await turns(); const passed = pauses.shift(); passed?.end(); await turns(); return passed?.milliseconds; },
  };
}

describe('a notice', () => {
  test('pops up on one device of several, and never a second time', async () => {
    const desk = new Desk();
    const [office, phone] = [browser(desk, 'office'), browser(desk, 'phone')];
    for (const device of [office, phone]) device.popups.update([notice('a')]);
    await office.pass();
    await phone.pass();
    expect([...office.ids(), ...phone.ids()]).toEqual(['a']);
    for (const device of [office, phone]) { device.popups.update([notice('a', { shown: true })]); await device.pass(); device.popups.update([notice('a')]); await device.pass(); }
    expect([...office.ids(), ...phone.ids()]).toEqual(['a']);
  });

  test('is left to a tab that leads', async () => {
    const desk = new Desk();
    const tab = browser(desk, 'second', { leads: false });
    tab.popups.update([notice('a')]);
    expect(await tab.pass()).toBeUndefined();
    expect(desk.taken.size).toBe(0);
    tab.state.leads = true;
    void tab.popups.run();
    await tab.pass();
    expect(tab.ids()).toEqual(['a']);
  });

  test('waits where nobody looks, so that a device that somebody looks at goes first', async () => {
    const desk = new Desk();
    const [left, used] = [browser(desk, 'left at home', { watched: false }), browser(desk, 'used')];
    for (const device of [left, used]) device.popups.update([notice('a')]);
    expect(left.pauses[0]!.milliseconds).toBeGreaterThan(used.pauses[0]!.milliseconds);
    await used.pass();
    await left.pass();
    expect([left.ids(), used.ids()]).toEqual([[], ['a']]);
  });

  test('that is read anywhere is taken back, also before it was shown', async () => {
    const desk = new Desk();
    const device = browser(desk, 'office');
    device.popups.update([notice('a'), notice('b')]);
    await device.pass();
    device.popups.update([notice('b')]);
    expect(device.withdrawn).toEqual(['a']);
    device.popups.update([notice('b'), notice('c')]);
    device.popups.update([notice('b')]);
    await device.pass();
    await device.pass();
    expect(device.ids()).toEqual(['a', 'b']);
  });

  test('whose claim got no answer is asked for again with the next news', async () => {
    const desk = new Desk();
    const device = browser(desk, 'office');
    desk.down = true;
    device.popups.update([notice('a')]);
    await device.pass();
    expect(device.ids()).toEqual([]);
    desk.down = false;
    device.popups.update([notice('a')]);
    await device.pass();
    expect(device.ids()).toEqual(['a']);
  });
});

describe('many notices', () => {
  test('come as one line, with what is critical apart and what matters most first', async () => {
    const device = browser(new Desk(), 'office');
    device.popups.update([...Array.from({ length: 40 }, (_, index) => notice(`n${index}`, { score: index })), notice('fire', { critical: true, score: 1 })]);
    await device.pass();
    expect(device.shown.map(popUp => popUp.notices.length)).toEqual([1, 40]);
    expect(device.shown[0]!.notices[0]!.id).toBe('fire');
    expect(device.shown[1]!.notices[0]!.id).toBe('n39');
    expect(device.shown[1]!.texts[0]).toBe('text of n39');
  });

  test('that come one after the other are gathered between two pop-ups', async () => {
    const device = browser(new Desk(), 'office');
    device.popups.update([notice('a')]);
    await device.pass();
    for (const count of [2, 3, 4, 5, 6]) device.popups.update(Array.from({ length: count }, (_, index) => notice('abcdef'[index]!)));
    expect(device.shown).toHaveLength(1);
    expect(await device.pass(), 'the time between two pop-ups').toBe(4_000);
    await device.pass();
    expect(device.shown.slice(1).map(popUp => popUp.notices.map(one => one.id))).toEqual([['b', 'c', 'd', 'e', 'f']]);
  });
});

/** Tabs of one browser: what one says all others hear. */
function tabs(count: number) {
  const ends: Channel[] = [];
  let clock = 0;
  return Array.from({ length: count }, (_, index) => {
    const shown: string[] = [];
    const end: Channel = { onmessage: null, postMessage: data => { for (const other of ends) if (other !== end) other.onmessage?.({ data } as MessageEvent); }, close: () => ends.splice(ends.indexOf(end), 1) };
    ends.push(end);
    const stage = new Stage<string>(`tab${index}`, end, what => shown.push(what), ids => { for (const id of ids) if (shown.includes(id)) shown.splice(shown.indexOf(id), 1); }, () => ++clock);
    return { stage, shown };
  });
}

describe('the tabs of a browser', () => {
  test('agree on the one that was looked at last, also those that came later and when it closes', () => {
    const [first, second] = tabs(2);
    first!.stage.look(true);
    second!.stage.look(true);
    expect([first!.stage.front(), second!.stage.front()]).toEqual(['tab1', 'tab1']);
    first!.stage.give(first!.stage.front()!, 'a');
    expect([first!.shown, second!.shown]).toEqual([[], ['a']]);
    first!.stage.takeBack(['a']);
    expect(second!.shown).toEqual([]);
    second!.stage.close();
    expect(first!.stage.front()).toBe('tab0');
    first!.stage.look(false);
    expect(first!.stage.front()).toBeUndefined();
  });

  test('do not wait for one that died without a word', () => {
    const [first, second] = tabs(2);
    second!.stage.look(true);
    expect(first!.stage.front(tab => tab !== 'tab1')).toBeUndefined();
  });
});

describe('what notices say', () => {
  const text = (id: string): NoticeText => ({ id, key: 'mention', args: {}, text: `text of ${id}`, ref: null, open: true });

  function reader() {
    const state = { clock: 0, language: 'en', down: false };
    const asked: string[][] = [];
    const texts = new NoticeTexts(async ids => {
      asked.push([...ids]);
      if (state.down) throw new Error('down');
      return ids.filter(id => id !== 'other').map(text);
    }, () => state.language, () => state.clock, async () => {});
    return { texts, asked, state };
  }

  test('is asked for many at once, and kept', async () => {
    const { texts, asked } = reader();
    expect([texts.get('a'), texts.get('b')]).toEqual([undefined, undefined]);
    expect((await texts.all(['a', 'b', 'other'])).size).toBe(2);
    expect(texts.get('a')?.text).toBe('text of a');
    expect(asked.flat().sort()).toEqual(['a', 'b', 'other']);
    await texts.all(['a', 'b', 'other']);
    expect(asked.flat()).toHaveLength(3);
  });

  test('is asked for again after a while, in another language, and later where no answer came', async () => {
    const { texts, asked, state } = reader();
    await texts.all(['a']);
    state.clock = 301_000;
    state.down = true;
    await texts.all(['a']);
    expect(texts.get('a')?.text, 'better old than none').toBe('text of a');
    expect(asked).toHaveLength(2);
    state.clock += 6_000;
    state.down = false;
    await texts.all(['a']);
    expect(asked).toHaveLength(3);
    state.language = 'de';
    expect(texts.get('a')).toBeUndefined();
  });
});
