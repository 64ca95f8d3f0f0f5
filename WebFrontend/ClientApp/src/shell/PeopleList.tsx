// Who is signed in now, by team, with what he has open as far as one may know it.
import { Popover } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useRecord } from '../engine/hooks';
import type { Colleague } from '../engine/presence';
import { kindOf } from '../engine/wire';
import { kindNamed } from '../kinds';
import { useNames, useT } from '../texts';
import { useOthers } from '../ui/hall';
import { Face } from '../ui/people';
import { PeopleButton } from './PeopleButton';

export default function PeopleList() {
  const t = useT();
  const others = useOthers();
  const teams = useMemo(() => [...new Set(others.map(person => person.team ?? ''))].sort().map(team => [team, others.filter(person => (person.team ?? '') === team)] as const), [others]);
  const [opened, setOpened] = useState(true);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []); // It stands for the one that was pressed, which had the focus.
  const closing = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    setOpened(false);
    button.current?.focus();
  };
  return (
    <Popover position="right-end" width={290} withinPortal shadow="md" opened={opened} onChange={setOpened}>
      <Popover.Target><PeopleButton ref={button} onClick={() => setOpened(!opened)} onKeyDown={closing} /></Popover.Target>
      <Popover.Dropdown onKeyDown={closing}>
        <section className="colleagues" aria-label={t('people.title')}>
          {others.length === 0 && <p className="soft">{t('people.none')}</p>}
          {teams.map(([team, people]) => (
            <div key={team}>
              <h2>{team || t('people.noTeam')}</h2>
              <ul>{people.map(person => <One key={person.userId} person={person} />)}</ul>
            </div>
          ))}
        </section>
      </Popover.Dropdown>
    </Popover>
  );
}

function One({ person }: { person: Colleague }) {
  const t = useT();
  const names = useNames();
  const ref = person.refs[0];
  const record = useRecord(ref);
  const kind = ref ? kindNamed(kindOf(ref)) : undefined;
  const title = record && kind ? kind.title(record.fields) : '';
  const module = person.module && kindNamed(person.module) ? names.many(person.module) : undefined;
  return (
    <li data-user={person.userId} data-status={person.status}>
      <span className="status" data-status={person.status} role="img" aria-label={t(person.status === 'away' ? 'people.away' : 'people.isOnline')}><Face name={person.name} size={26} /></span>
      <span className="colleague"><strong>{person.name}</strong><span>{person.status === 'away' ? `${t('people.away')}${module ? ' · ' : ''}` : ''}{ref ? <Link to={`/${ref}`}>{title || t('people.record')}</Link> : module}</span></span>
    </li>
  );
}
