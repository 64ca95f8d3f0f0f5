// The rows of a list: only those that are to be seen exist, columns are chosen and resized, cells are edited in place.
import { Checkbox } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { columnResizingFeature, columnSizingFeature, type ColumnSizingState, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type KeyboardEvent, memo, type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useWatch } from '../engine/hooks';
import type { LiveList, ListView } from '../engine/lists';
import type { FieldSpec, KindSpec } from '../kinds/kind';
import { useLabels, useT } from '../texts';
import { useFlash } from '../ui/flash';
import { RowFaces } from '../ui/hall';
import { useSettings } from '../ui/settings';
import { useCan } from '../ui/me';
import { Cell, FirstCell } from './Cell';

export interface Layout { shown: Record<string, boolean>; widths: ColumnSizingState }

interface Props {
  kind: KindSpec;
  fields: readonly FieldSpec[];
  view: ListView;
  list?: LiveList;
  sort?: string;
  onSort: (sort: string | undefined) => void;
  layout: Layout;
  onLayout: (layout: Layout) => void;
  chosen: ReadonlySet<string>;
  onChosen: (chosen: ReadonlySet<string>) => void;
}

const features = tableFeatures({ columnSizingFeature, columnResizingFeature });
const noRows: object[] = []; // The library models the columns; the rows are windowed, and there may be 100,000 of them.
const unsorted = ['set', 'parts', 'longText', 'data'];
const check = 40;

export function RecordTable({ kind, fields, view, list, sort, onSort, layout, onLayout, chosen, onChosen }: Props) {
  const t = useT();
  const labels = useLabels(kind.name);
  const { density } = useSettings();
  const scroller = useRef<HTMLDivElement>(null);
  const height = density === 'dense' ? 36 : 46;
  const loading = view.phase === 'loading';
  const count = loading ? 12 : Math.max(view.refs.length, view.total ?? 0, view.complete ? 0 : view.refs.length + 1);
  const columns = useMemo(() => fields.map(field => ({ id: field.name, size: field.width ?? 160, minSize: 70, maxSize: 800 })), [fields]);
  const table = useTable({
    features, columns, data: noRows, columnResizeMode: 'onChange', state: { columnSizing: layout.widths },
    onColumnSizingChange: update => onLayout({ ...layout, widths: typeof update === 'function' ? update(layout.widths) : update }),
  });
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const widths = headers.map(header => header.getSize());
  const template = `${check}px ${widths.map(width => `${width}px`).join(' ')} minmax(24px, 1fr)`;
  const total = check + widths.reduce((sum, width) => sum + width, 0) + 24;

  const rows = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 12, paddingEnd: 8 });
  useEffect(() => rows.measure(), [height, rows]);
  const items = rows.getVirtualItems();
  // One row can be reached by Tab, the others from it by arrow keys.
  const [active, setActive] = useState(0);
  const reached = items.some(item => item.index === active) ? active : items[0]?.index;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => { if (list && last >= view.head) list.need(last); }, [list, last, view.head, view.refs.length]);

  // A click with shift takes all between; the place of the last click is its other end.
  const anchor = useRef(0);
  const choose = useCallback((index: number, range: boolean) => {
    const next = new Set(chosen);
    const ref = view.refs[index];
    if (!ref) return;
    const on = !next.has(ref);
    const [from, to] = range ? [Math.min(anchor.current, index), Math.max(anchor.current, index)] : [index, index];
    for (const one of view.refs.slice(from, to + 1)) on ? next.add(one) : next.delete(one);
    anchor.current = index;
    onChosen(next);
  }, [chosen, onChosen, view.refs]);

  const keys = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
    if (!row || event.target !== row) return;
    const index = Number(row.dataset.row);
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, j: index + 1, k: index - 1, Home: 0, End: view.refs.length - 1, PageDown: index + 15, PageUp: index - 15 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const next = Math.max(0, Math.min(view.refs.length - 1, to));
      rows.scrollToIndex(next);
      requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus()));
    } else if (event.key === 'Enter') row.querySelector<HTMLElement>('a')?.click();
    else if (event.key === 'x' || event.key === ' ') { event.preventDefault(); choose(index, event.shiftKey); }
  };

  const all = view.refs.length > 0 && view.refs.every(ref => chosen.has(ref));
  return (
    <div ref={scroller} className="table-scroll" tabIndex={-1}>
      <div role="grid" aria-label={labels.many} aria-rowcount={loading ? -1 : count + 1} aria-colcount={fields.length + 1} aria-busy={loading} className="table" style={{ minWidth: total }} onKeyDown={keys}>
        <div role="row" aria-rowindex={1} className="table-head" style={{ gridTemplateColumns: template }}>
          <div role="columnheader" className="cell check"><Checkbox size="xs" aria-label={t('list.all')} checked={all} indeterminate={chosen.size > 0 && !all} onChange={() => onChosen(all ? new Set() : new Set(view.refs))} /></div>
          {headers.map((header, index) => {
            const field = fields[index]!;
            const by = sort?.replace('-', '') === field.name ? (sort!.startsWith('-') ? 'descending' : 'ascending') : 'none';
            const label = labels.field(field);
            return (
              <div key={header.id} role="columnheader" aria-sort={by} className="cell" data-resizing={header.column.getIsResizing() || undefined}>
                {unsorted.includes(field.type) ? <span className="head-label">{label}</span> : (
                  <button type="button" className="head-label" onClick={() => onSort(by === 'ascending' ? `-${field.name}` : by === 'descending' ? undefined : field.name)}>
                    {label}{by === 'ascending' && <ArrowUp size={13} aria-hidden="true" />}{by === 'descending' && <ArrowDown size={13} aria-hidden="true" />}
                  </button>
                )}
                <span className="resize" aria-hidden="true" onMouseDown={header.getResizeHandler()} onTouchStart={header.getResizeHandler()} onDoubleClick={() => header.column.resetSize()} />
              </div>
            );
          })}
          <div role="columnheader" className="cell"><span className="hidden">{t('list.rest')}</span></div>
        </div>
        <div role="rowgroup" className="table-body" style={{ height: rows.getTotalSize() }}>
          {items.map(item => {
            const ref = view.refs[item.index];
            const style = { transform: `translateY(${item.start}px)`, height, gridTemplateColumns: template };
            return ref
              ? <Row key={ref} at={ref} index={item.index} kind={kind} fields={fields} top={item.start} height={height} template={template} chosen={chosen.has(ref)} onChoose={choose} follow={item.index >= view.head} entered={view.entered.has(ref)} reached={item.index === reached} onReach={setActive} />
              : <div key={`empty-${item.index}`} role="row" aria-hidden="true" className="row waiting" style={style}><span />{fields.map(field => <span key={field.name} className="bone" />)}</div>;
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  at: string; index: number; kind: KindSpec; fields: readonly FieldSpec[]; top: number; height: number; template: string; chosen: boolean; follow: boolean; entered: boolean; reached: boolean; onReach: (index: number) => void;
  onChoose: (index: number, range: boolean) => void;
}

const Row = memo(function Row({ at, index, kind, fields, top, height, template, chosen, follow, entered, reached, onReach, onChoose }: RowProps) {
  const t = useT();
  const can = useCan();
  const record = useWatch(at, follow);
  const box = useRef<HTMLDivElement>(null);
  const [editing, setEditing] = useState<string>();
  const newest = record ? Object.values(record.touched).reduce((most, touch) => Math.max(most, touch.version), 0) : 0;
  useFlash(box, newest);
  const stop = useCallback(() => { setEditing(undefined); box.current?.focus(); }, []);
  const style = { transform: `translateY(${top}px)`, height, gridTemplateColumns: template };
  if (!record) return <div role="row" className="row" style={style} />;
  const title = kind.title(record.fields) || t('record.nameless');
  const pick = (event: MouseEvent) => onChoose(index, event.shiftKey);
  return (
    <div ref={box} role="row" aria-rowindex={index + 2} aria-selected={chosen} tabIndex={reached ? 0 : -1} onFocus={() => onReach(index)} data-row={index} className={entered ? 'row entered' : 'row'} data-chosen={chosen || undefined}
      data-gone={record.gone ? true : undefined} style={style}>
      <div role="gridcell" className="cell check"><input type="checkbox" tabIndex={-1} aria-label={t('list.choose', { title })} checked={chosen} onClick={pick} readOnly /></div>
      {fields.map((field, place) => (
        <Cell key={field.name} record={record} field={field} editing={editing === field.name} editable={field.editable !== false && !record.gone && can(`${kind.name}.edit`)}
          onEdit={() => setEditing(field.name)} onDone={stop}>
          {place === 0 ? <FirstCell><Link to={`/${kind.name}/${record.id}`} tabIndex={-1}>{title}</Link><RowFaces at={at} /></FirstCell> : undefined}
        </Cell>
      ))}
      <div role="gridcell" className="cell" />
    </div>
  );
});
