// A field's value as it is shown, by type.
import { Check } from 'lucide-react';
import { memo } from 'react';
import type { Json } from '../engine/wire';
import type { FieldSpec } from '../kinds/kind';
import { useLabels } from '../texts';
import { ago, day, line, moment, number } from './format';
import { Who } from './people';

const tones: Record<string, string> = {
  customer: 'good', active: 'accent', lead: 'warn', high: 'bad', done: 'good', running: 'accent', reverting: 'accent', failed: 'bad', refused: 'bad',
};

export const Value = memo(function Value({ field, value, kind, compact = true }: { field: FieldSpec; value: Json | undefined; kind: string; compact?: boolean }) {
  const labels = useLabels(kind);
  if (value === undefined || value === null || value === '') return null;
  switch (field.type) {
    case 'choice': return <span className="badge" data-tone={tones[String(value)] ?? 'plain'}>{labels.option(field, String(value))}</span>;
    case 'flag': return value === true ? <span className="yes"><Check size={15} aria-hidden="true" /><span className="hidden">{labels.yes}</span></span> : <span className="no">{labels.no}</span>;
    case 'user': return <Who id={String(value)} />;
    case 'date': return <>{day(String(value))}</>;
    case 'instant': return <time dateTime={String(value)} title={moment(String(value))}>{compact ? ago(String(value)) : moment(String(value))}</time>;
    case 'number': case 'counter': return <span className="figure">{number(Number(value))}</span>;
    case 'set': {
      const items = Array.isArray(value) ? value.map(String) : [];
      if (field.link) {
        return <>{items.map((item, index) => <span key={item}>{index > 0 && ', '}{compact ? item : <a href={`${field.link}:${item}`}>{item}</a>}</span>)}</>;
      }
      return <span className="chips">{items.map(item => <span key={item} className="chip">{item}</span>)}</span>;
    }
    default: return <>{line(value)}</>;
  }
});
