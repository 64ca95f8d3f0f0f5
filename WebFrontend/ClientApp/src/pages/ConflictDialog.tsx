// Two wrote the same field: what it was, theirs and yours, chosen or put together field by field. Closing it loses nothing.
import { Button, Modal, Textarea } from '@mantine/core';
import { useMemo, useState } from 'react';
import { commands } from '../engine/app';
import type { Snapshot } from '../engine/records';
import type { Conflict, Fields, Json } from '../engine/wire';
import { type FieldSpec, list } from '../kinds/kind';
import { useLabels, useT } from '../texts';
import { ago, moment } from '../ui/format';
import { usePeople } from '../ui/people';
import { Value } from '../ui/values';

type Choice = 'base' | 'theirs' | 'yours' | 'both';

const joins = (field: FieldSpec) => ['text', 'longText', 'set'].includes(field.type);

function joined(field: FieldSpec, conflict: Conflict): Json {
  if (field.type === 'set') return [...new Set([...list(conflict.theirs), ...list(conflict.yours)])];
  return [conflict.theirs, conflict.yours].filter(Boolean).join(field.type === 'longText' ? '\n' : ' ');
}

export function ConflictDialog({ record, fields, opened, onClose }: { record: Snapshot; fields: readonly FieldSpec[]; opened: boolean; onClose: () => void }) {
  const t = useT();
  const [choices, setChoices] = useState<Record<string, Choice>>({});
  const [texts, setTexts] = useState<Record<string, Json>>({});
  const conflicts = record.conflicts;
  const specs = useMemo(() => new Map(fields.map(field => [field.name, field])), [fields]);

  const value = (conflict: Conflict): Json | undefined => {
    const choice = choices[conflict.field] ?? 'yours';
    if (choice === 'theirs') return undefined;
    if (choice === 'both') return texts[conflict.field] ?? joined(specs.get(conflict.field)!, conflict);
    return choice === 'base' ? conflict.base : conflict.yours;
  };

  const resolve = (event: React.FormEvent) => {
    event.preventDefault();
    for (const command of commands.conflicting.filter(one => one.ref === record.ref)) {
      const fieldsOf: Fields = {};
      const told = new Map(command.conflicts!.map(conflict => [conflict.field, conflict]));
      for (const [name, written] of Object.entries(command.fields)) {
        const conflict = told.get(name);
        const chosen = conflict ? value(conflict) : written;
        if (chosen !== undefined) fieldsOf[name] = chosen;
      }
      void commands.resolve(record.ref, command.id, fieldsOf);
    }
    onClose();
  };

  return (
    <Modal opened={opened && conflicts.length > 0} onClose={onClose} size="lg" title={t('conflict.title')} closeButtonProps={{ 'aria-label': t('close') }}>
      <form onSubmit={resolve} className="conflict">
        <p className="soft">{t('conflict.text')}</p>
        {conflicts.map((conflict, index) => {
          const field = specs.get(conflict.field);
          return field && (
            <Sides key={conflict.field} kind={record.kind} field={field} conflict={conflict} first={index === 0} choice={choices[conflict.field] ?? 'yours'}
              onChoice={choice => setChoices({ ...choices, [conflict.field]: choice })} both={texts[conflict.field] ?? joined(field, conflict)}
              onBoth={written => setTexts({ ...texts, [conflict.field]: written })} />
          );
        })}
        <div className="dialog-actions">
          <span className="soft grow">{t('conflict.keys')}</span>
          <Button variant="default" onClick={onClose}>{t('conflict.later')}</Button>
          <Button type="submit">{t('conflict.apply')}</Button>
        </div>
      </form>
    </Modal>
  );
}

interface SidesProps { kind: string; field: FieldSpec; conflict: Conflict; first: boolean; choice: Choice; onChoice: (choice: Choice) => void; both: Json; onBoth: (value: Json) => void }

function Sides({ kind, field, conflict, first, choice, onChoice, both, onBoth }: SidesProps) {
  const t = useT();
  const people = usePeople();
  const labels = useLabels(kind);
  const sides: { choice: Choice; title: string; detail?: string; value: Json }[] = [
    { choice: 'base', title: t('conflict.base'), value: conflict.base },
    { choice: 'theirs', title: t('conflict.theirs', { who: people.name(conflict.by) }), detail: `${ago(conflict.at)} · ${moment(conflict.at)}`, value: conflict.theirs },
    { choice: 'yours', title: t('conflict.yours'), detail: t('conflict.unsaved'), value: conflict.yours },
    ...(joins(field) ? [{ choice: 'both' as const, title: t('conflict.both'), value: both }] : []),
  ];
  return (
    <fieldset className="sides">
      <legend>{labels.field(field)}</legend>
      {sides.map(side => (
        <label key={side.choice} className="side" data-side={side.choice} data-chosen={choice === side.choice || undefined}>
          <input type="radio" name={conflict.field} checked={choice === side.choice} onChange={() => onChoice(side.choice)} data-autofocus={(first && side.choice === 'yours') || undefined} />
          <span className="side-title">{side.title}</span>
          {side.detail && <span className="side-detail">{side.detail}</span>}
          <span className="side-value">
            {side.choice === 'both' && choice === 'both' && field.type !== 'set'
              ? <Textarea autosize minRows={1} aria-label={side.title} value={String(both)} onChange={event => onBoth(event.currentTarget.value)} />
              : side.value === null ? <em>{t('none')}</em> : <Value kind={kind} field={field} value={side.value} compact={false} />}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
