// Several tabs of one browser: each has a name, and one of them leads, which takes over what closed tabs left behind.
export const tab = crypto.randomUUID();

const lead = 'crm.leader';
let leading = false;
const named = (name: string) => `crm.tab.${name}`;

/** Whether this tab leads. */
export const leads = () => leading;

/** Holds this tab's name for as long as it lives, and calls `led` once it is the leader. The browser hands both on when a tab dies. */
export function join(led: () => void) {
  const first = () => { leading = true; led(); };
  if (!navigator.locks) { first(); return; }
  const forever = () => new Promise<never>(() => {});
  void navigator.locks.request(named(tab), forever);
  void navigator.locks.request(lead, () => { first(); return forever(); });
}

/** Which tabs are alive. */
export async function living(): Promise<(name: string) => boolean> {
  if (!navigator.locks) return name => name === tab;
  const { held } = await navigator.locks.query();
  const names = new Set(held?.map(lock => lock.name));
  return name => names.has(named(name));
}
