// One field of a record page: always ready to be written in, saved when it is left, and honest about what happens meanwhile.
import { Button } from '@mantine/core';
import { useId, useRef } from 'react';
import { useLine } from '../engine/hooks';
import type { Snapshot } from '../engine/records';
import type { FieldSpec } from '../kinds/kind';
import { useT } from '../texts';
import { useDraft } from '../ui/draft';
import { Editor } from '../ui/Editor';
import { useFlash } from '../ui/flash';
import { ago } from '../ui/format';
import { usePeople } from '../ui/people';
import { LiveNotes, useLiveField } from '../ui/presence';
import { Value } from '../ui/values';

export function RecordField({ record, field, editable, onConflict }: { record: Snapshot; field: FieldSpec; editable: boolean; onConflict: () => void }) {
  const t = useT();
  const people = usePeople();
  const line = useLine();
  const note = useId();
  const box = useRef<HTMLDivElement>(null);
  const draft = useDraft(record, field.name);
  const live = useLiveField(record, field.name, draft);
  const touch = record.touched[field.name];
  useFlash(box, touch && !draft.open ? touch.version : 0);

  const message = () => {
    if (draft.conflict) {
      return (
        <span className="field-note warn">
          {t('field.conflict', { who: people.name(draft.conflict.by) })} <Button size="compact-xs" variant="light" onClick={onConflict}>{t('conflict.open')}</Button>
        </span>
      );
    }
    if (draft.theirs) {
      return (
        <span className="field-note warn">
          {t('field.theirs', { who: people.name(draft.theirs.by), when: ago(draft.theirs.at) })} <q><Value kind={record.kind} field={field} value={draft.theirs.value} /></q>{' '}
          <Button size="compact-xs" variant="light" onMouseDown={event => event.preventDefault()} onClick={draft.cancel}>{t('field.takeTheirs')}</Button>
        </span>
      );
    }
    if (draft.saving === 'saving') return <span className="field-note">{line.phase === 'live' ? t('field.saving') : t('field.waiting')}</span>;
    return draft.saving === 'saved' && !draft.open ? <span className="field-note good">{t('field.saved')}</span> : null;
  };

  return (
    <div ref={box} className="field" data-wide={field.wide || undefined} data-field={field.name} data-others={live.others.length > 0 || undefined}>
      <Editor kind={record.kind} field={field} value={draft.value} disabled={!editable || field.editable === false} error={draft.refused} describedBy={note}
        onChange={draft.change} onDone={value => { if (!draft.restored || value !== undefined) void draft.save(value); }} onCancel={draft.cancel} />
      <div id={note} className="field-notes" aria-live="polite">{message()}</div>
      <LiveNotes record={record} field={field} draft={draft} live={live} />
    </div>
  );
}
