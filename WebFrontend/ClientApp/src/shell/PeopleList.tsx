// Who is signed in now, by team, with what he has open as far as one may know it.
import { Popover, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Users } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { presence, session } from '../engine/app';
import { useRecord } from '../engine/hooks';
import type { Colleague } from '../engine/presence';
import { kindOf } from '../engine/wire';
import { kindNamed } from '../kinds';
import { useNames, useT } from '../texts';
import { Face } from '../ui/people';
import { useHall } from '../ui/presence';

export function PeopleList({ path }: { path: string }) {
  const t = useT();
  const hall = useHall();
  useEffect(() => presence.open(path.split('/')[1] || 'contacts'), [path]);
  const others = useMemo(() => [...hall.values()].filter(person => person.userId !== session.kept?.user).sort((a, b) => a.status.localeCompare(b.status) * -1 || a.name.localeCompare(b.name)), [hall]);
  const teams = useMemo(() => [...new Set(others.map(person => person.team ?? ''))].sort().map(team => [team, others.filter(person => (person.team ?? '') === team)] as const), [others]);
  return (
    <Popover position="right-end" width={290} withinPortal shadow="md">
      <Popover.Target>
        <UnstyledButton className="nav-people" aria-label={t('people.open', { count: others.length })}>
          <Users size={16} strokeWidth={1.8} aria-hidden="true" /><span>{t('people.online', { count: others.length })}</span>
          <span className="row-faces" aria-hidden="true">{others.slice(0, 4).map(person => <Face key={person.userId} name={person.name} size={18} />)}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
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
