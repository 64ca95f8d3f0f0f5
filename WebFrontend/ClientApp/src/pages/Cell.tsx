// A cell of a list: its value, and an editor in its place once it is asked for.
import { Pencil } from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';
import type { Snapshot } from '../engine/records';
import type { FieldSpec } from '../kinds/kind';
import { useLabels, useT } from '../texts';
import { Value } from '../ui/values';

const CellEditor = lazy(() => import('./CellEditor'));

interface Props { record: Snapshot; field: FieldSpec; editing: boolean; editable: boolean; onEdit: () => void; onDone: () => void; children?: ReactNode }

export function Cell({ record, field, editing, editable, onEdit, onDone, children }: Props) {
  const t = useT();
  const labels = useLabels(record.kind);
  const conflict = record.conflicts.some(one => one.field === field.name);
  const refused = record.refused[field.name];
  return (
    <div role="gridcell" className="cell" data-field={field.name} data-pending={record.pending.has(field.name) || undefined} data-conflict={conflict || undefined} data-refused={refused ? true : undefined}
      data-editing={editing || undefined} title={refused?.text} onDoubleClick={() => editable && onEdit()}>
      {editing ? <Suspense fallback={null}><CellEditor record={record} field={field} onDone={onDone} /></Suspense> : (
        <>
          <span className="cell-value">{children ?? <Value kind={record.kind} field={field} value={record.fields[field.name]} />}</span>
          {conflict && <span className="cell-mark warn">{t('field.conflictShort')}</span>}
          {refused && <span className="cell-mark bad">{t('field.refused')}</span>}
          {editable && <button type="button" className="cell-edit" tabIndex={-1} aria-label={t('list.edit', { field: labels.field(field) })} onClick={onEdit}><Pencil size={13} aria-hidden="true" /></button>}
        </>
      )}
    </div>
  );
}

export const FirstCell = ({ children }: { children: ReactNode }) => <span className="first">{children}</span>;
