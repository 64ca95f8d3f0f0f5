// Go to, find anywhere, do: one field for all of it.
import { Modal, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQueries } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { FileUp, Keyboard, LogOut, MailWarning, Moon, Plus, Rss, ScrollText, Search, Settings, Stethoscope, type LucideIcon } from 'lucide-react';
import { useMantineColorScheme } from '@mantine/core';
import { type KeyboardEvent, useEffect, useId, useMemo, useState } from 'react';
import { leave, rest, session } from '../engine/app';
import { flat } from '../engine/wire';
import { kinds } from '../kinds';
import { useT, useNames } from '../texts';
import { useCan } from '../ui/me';

interface Entry { id: string; group: string; icon: LucideIcon; title: string; detail?: string; run: () => void }

const searched = ['contacts', 'users', 'imports'];

export default function Palette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const t = useT();
  const names = useNames();
  const can = useCan();
  const navigate = useNavigate();
  const scheme = useMantineColorScheme();
  const [words, setWords] = useState('');
  const [q] = useDebouncedValue(words.trim(), 90);
  const [at, setAt] = useState(0);
  const list = useId();
  const found = useQueries({
    queries: kinds.filter(kind => searched.includes(kind.name)).map(kind => ({
      queryKey: ['palette', kind.name, q], enabled: q.length > 0, staleTime: 5_000, placeholderData: (before: Entry[] | undefined) => before,
      queryFn: async (): Promise<Entry[]> => (await rest.page(kind.name, { q, limit: kind.name === 'contacts' ? 8 : 3 })).items.map(item => {
        const fields = flat(item.fields);
        return { id: `${kind.name}/${item.id}`, group: names.many(kind.name), icon: kind.icon, title: kind.title(fields), detail: kind.subtitle(fields), run: () => void navigate({ to: `/${kind.name}/${item.id}` }) };
      }),
    })),
  });
  const doing = useMemo<Entry[]>(() => {
    const to = (path: string) => () => void navigate({ to: path });
    return [
      ...kinds.filter(kind => kind.create && can(`${kind.name}.create`)).map(kind => ({ id: `new-${kind.name}`, group: t('palette.do'), icon: Plus, title: names.new(kind.name), run: () => void navigate({ to: `/${kind.name}`, search: { new: true } as never }) })),
      ...(can('contacts.import') ? [{ id: 'import', group: t('palette.do'), icon: FileUp, title: t('import.title'), run: to('/import') }] : []),
      { id: 'scheme', group: t('palette.do'), icon: Moon, title: t('palette.scheme'), run: () => scheme.toggleColorScheme() },
      { id: 'sheet', group: t('palette.do'), icon: Keyboard, title: t('shortcuts'), run: onShortcuts },
      { id: 'out', group: t('palette.do'), icon: LogOut, title: t('signOut'), run: () => { leave(); void session.signOut(); } },
      ...kinds.filter(kind => can(`${kind.name}.read`)).map(kind => ({ id: `go-${kind.name}`, group: t('palette.go'), icon: kind.icon, title: names.many(kind.name), run: to(`/${kind.name}`) })),
      ...(can('deadLetters.read') ? [{ id: 'go-letters', group: t('palette.go'), icon: MailWarning, title: t('letters'), run: to('/dead-letters') }] : []),
      ...(can('follows.read.own') || can('follows.read') ? [{ id: 'go-feed', group: t('palette.go'), icon: Rss, title: t('feed'), run: to('/feed') }] : []),
      ...(can('audit.read') ? [{ id: 'go-audit', group: t('palette.go'), icon: ScrollText, title: t('audit'), run: to('/audit') }] : []),
      { id: 'go-settings', group: t('palette.go'), icon: Settings, title: t('settings'), run: to('/settings') },
      { id: 'go-check', group: t('palette.go'), icon: Stethoscope, title: t('check'), run: to('/self-check') },
    ];
  }, [t, names, can, navigate, scheme, onShortcuts]);
  const wanted = words.trim().toLowerCase();
  const matching = doing.filter(entry => wanted.split(/\s+/).every(word => entry.title.toLowerCase().includes(word)));
  const entries = wanted ? [...found.flatMap(one => one.data ?? []), ...matching] : matching.toSorted((a, b) => (a.group === b.group ? 0 : a.group === t('palette.go') ? -1 : 1));
  const busy = wanted !== '' && found.some(one => one.isFetching);
  useEffect(() => setAt(0), [wanted]);
  const chosen = Math.min(at, entries.length - 1);
  useEffect(() => { document.getElementById(`${list}-${chosen}`)?.scrollIntoView({ block: 'nearest' }); }, [chosen, list]);

  const run = (entry: Entry | undefined) => { if (entry) { onClose(); entry.run(); } };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') { event.preventDefault(); setAt(Math.min(chosen + 1, entries.length - 1)); }
    if (event.key === 'ArrowUp') { event.preventDefault(); setAt(Math.max(chosen - 1, 0)); }
    if (event.key === 'Enter') { event.preventDefault(); run(entries[chosen]); }
  };

  return (
    <Modal opened onClose={onClose} withCloseButton={false} padding={0} size={600} yOffset="12vh" centered={false} transitionProps={{ duration: 90 }} title={t('palette.open')} classNames={{ header: 'hidden' }}>
      <TextInput variant="unstyled" className="palette-input" size="md" data-autofocus leftSection={<Search size={17} aria-hidden="true" />} placeholder={t('palette.hint')} aria-label={t('palette.hint')}
        role="combobox" aria-expanded="true" aria-controls={list} aria-activedescendant={entries.length > 0 ? `${list}-${chosen}` : undefined} value={words} onChange={event => setWords(event.currentTarget.value)} onKeyDown={keys} spellCheck={false} />
      <div id={list} role="listbox" aria-label={t('palette.open')} className="palette-list" data-busy={busy || undefined}>
        {entries.map((entry, index) => (
          <div key={entry.id} role="presentation">
            {entries[index - 1]?.group !== entry.group && <p className="palette-group" role="presentation">{entry.group}</p>}
            <div id={`${list}-${index}`} role="option" aria-selected={index === chosen} className="palette-item" onClick={() => run(entry)} onMouseMove={() => setAt(index)}>
              <entry.icon size={16} aria-hidden="true" /><span className="palette-title">{entry.title}</span>{entry.detail && <span className="palette-detail">{entry.detail}</span>}
            </div>
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className="palette-none" role="status">{busy ? t('loading') : t('palette.none')}</p>}
    </Modal>
  );
}
