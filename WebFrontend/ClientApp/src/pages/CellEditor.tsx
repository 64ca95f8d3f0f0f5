// Writing in a cell of a list; fetched when somebody does.
import { useEffect, useRef } from 'react';
import type { Snapshot } from '../engine/records';
import type { FieldSpec } from '../kinds/kind';
import { useDraft } from '../ui/draft';
import { Editor } from '../ui/Editor';

export default function CellEditor({ record, field, onDone }: { record: Snapshot; field: FieldSpec; onDone: () => void }) {
  const draft = useDraft(record, field.name);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.querySelector<HTMLElement>('input, textarea, button')?.focus();
  }, []);
  return (
    <div ref={box} className="cell-editor">
      <Editor bare autoFocus kind={record.kind} field={field} value={draft.value} onChange={draft.change} onDone={value => { void draft.save(value); onDone(); }} onCancel={() => { draft.cancel(); onDone(); }} />
    </div>
  );
}
