// A text with lines in which @ offers people: a list below it, driven from the text itself, so that nothing takes the focus from whoever writes.
import { Textarea, type TextareaProps } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { rest } from '../engine/app';
import { type Asking, asking, complete, handle, type Mentionable } from '../engine/mentions';
import { text } from '../kinds/kind';
import { useT } from '../texts';
import { Face } from './people';

const offered = 6;
const together = 8;

interface Props extends Omit<TextareaProps, 'value' | 'onChange'> { value: string; onChange: (value: string) => void }

export function MentionText({ value, onChange, onKeyDown, onBlur, ...more }: Props) {
  const t = useT();
  const box = useRef<HTMLTextAreaElement>(null);
  const [asked, setAsked] = useState<Asking>();
  const [at, setAt] = useState(0);
  const id = useId();
  const people = usePeopleCalled(asked?.words);
  const shown = asked ? people.slice(0, offered) : [];
  const place = Math.min(at, shown.length - 1);
  const caret = useRef<number>(undefined);
  useEffect(() => {
    if (caret.current === undefined) return;
    box.current?.setSelectionRange(caret.current, caret.current);
    caret.current = undefined;
  }, [value]);

  const look = (written: string) => { setAsked(asking(written, box.current?.selectionStart ?? written.length)); setAt(0); };
  const choose = (person: Mentionable) => {
    const next = complete(value, asked!, handle(person, people));
    caret.current = next.caret;
    setAsked(undefined);
    onChange(next.text);
  };
  const keys = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (shown.length > 0) {
      const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in steps) { event.preventDefault(); setAt((place + steps[event.key]! + shown.length) % shown.length); return; }
      if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab') { event.preventDefault(); choose(shown[place]!); return; }
      if (event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); setAsked(undefined); return; }
    }
    onKeyDown?.(event);
  };

  return (
    <div className="mention">
      <Textarea {...more} ref={box} value={value} aria-autocomplete="list" aria-controls={shown.length > 0 ? id : undefined} aria-activedescendant={shown.length > 0 ? `${id}-${place}` : undefined}
        onChange={event => { onChange(event.currentTarget.value); look(event.currentTarget.value); }} onSelect={event => { if (asked) look(event.currentTarget.value); }}
        onKeyDown={keys} onBlur={event => { setAsked(undefined); onBlur?.(event); }} />
      {shown.length > 0 && (
        <ul className="mention-list" role="listbox" id={id} aria-label={t('mention.list')}>
          {shown.map((person, index) => (
            <li key={person.id} id={`${id}-${index}`} role="option" aria-selected={index === place} onMouseDown={event => { event.preventDefault(); choose(person); }}>
              <Face name={person.name} size={20} /><span>{person.name}</span><span className="soft">{person.email}</span>
            </li>
          ))}
        </ul>
      )}
      <span className="hidden" role="status">{shown.length > 0 ? t('mention.count', { count: shown.length }) : ''}</span>
    </div>
  );
}

/** People by what was typed after the @. The server searches: a tenant may have more of them than this page knows. */
function usePeopleCalled(words: string | undefined): readonly Mentionable[] {
  const q = words?.replace(/[._+-]+/g, ' ').trim();
  const { data } = useQuery({
    queryKey: ['mentionable', q], enabled: words !== undefined, placeholderData: keepPreviousData, staleTime: 30_000,
    queryFn: async () => (await rest.page('users', { q: q || undefined, filter: { active: true }, sort: q ? undefined : 'name', limit: together })).items
      .map(({ id, fields }) => ({ id, name: text(fields.name), email: text(fields.email) })).filter(person => person.email),
  });
  return words === undefined ? [] : data ?? [];
}
