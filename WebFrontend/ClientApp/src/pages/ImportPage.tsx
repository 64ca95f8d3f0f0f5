// A file becomes contacts: dropped, its columns checked, tried without writing anything, and only then imported.
import { Button, Select, Skeleton } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { FileSpreadsheet, Upload } from 'lucide-react';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { Fault } from '../api/rest';
import { rest } from '../engine/app';
import { useWatch } from '../engine/hooks';
import type { Json } from '../engine/wire';
import { contacts } from '../kinds/contacts';
import { useFields } from '../kinds/custom';
import { LineNotes, notes } from '../kinds/imports/ImportPanel';
import { text } from '../kinds/kind';
import { LineMark } from '../shell/LineMark';
import { useLabels, useT } from '../texts';
import { number } from '../ui/format';

type Mapping = Record<string, string | null>;
type OnDuplicate = 'merge' | 'skip' | 'create';

export function ImportPage() {
  const t = useT();
  const navigate = useNavigate();
  const [file, setFile] = useState<File>();
  const [job, setJob] = useState<string>();
  const [onDuplicate, setOnDuplicate] = useState<OnDuplicate>('merge');
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const record = useWatch(job && `imports/${job}`);
  useEffect(() => { document.title = `${t('import.title')} · CRM`; }, [t]);

  const send = async (chosen: File, dryRun: boolean, mapping: Mapping | undefined, duplicates: OnDuplicate) => {
    setBusy(true);
    setFault(undefined);
    try {
      const answer = await rest.post<{ id: string }>('/api/v1/contacts/import', {
        body: chosen, headers: { 'content-type': 'text/csv' }, query: { dryRun, onDuplicate: duplicates, name: chosen.name, mapping: mapping ? JSON.stringify(mapping) : undefined },
      });
      if (dryRun) setJob(answer.id);
      else await navigate({ to: `/imports/${answer.id}` });
    } catch (thrown) {
      setFault(thrown instanceof Fault ? Object.values(thrown.errors).flat().join(' ') || thrown.message || t('line.needed') : t('fault'));
    } finally {
      setBusy(false);
    }
  };

  const take = (chosen: File | undefined) => {
    if (!chosen) return;
    setFile(chosen);
    setJob(undefined);
    void send(chosen, true, undefined, onDuplicate);
  };

  return (
    <div className="list-page">
      <header className="page-head"><h1 id="page-title" tabIndex={-1}>{t('import.title')}</h1><span className="grow" /><LineMark /></header>
      <div className="page-body narrow">
        <Drop file={file} onFile={take} />
        {fault && <p className="trouble" role="alert">{fault}</p>}
        {file && !fault && (record && record.version > 0
          ? <Trial key={record.id} fields={record.fields} busy={busy} onDuplicate={onDuplicate}
              onTry={(mapping, duplicates) => { setOnDuplicate(duplicates); void send(file, true, mapping, duplicates); }} onGo={mapping => void send(file, false, mapping, onDuplicate)} />
          : <div className="stack"><Skeleton height={20} width="40%" /><Skeleton height={160} /></div>)}
      </div>
    </div>
  );
}

function Drop({ file, onFile }: { file?: File; onFile: (file: File | undefined) => void }) {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => { event.preventDefault(); setOver(false); onFile(event.dataTransfer.files[0]); };
  return (
    <div className="drop" data-over={over || undefined} data-small={file ? true : undefined} onDragOver={event => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
      <FileSpreadsheet size={file ? 22 : 34} strokeWidth={1.5} aria-hidden="true" />
      <p>{file ? <strong>{file.name}</strong> : t('import.drop')}</p>
      {!file && <p className="soft">{t('import.dropText')}</p>}
      <Button variant={file ? 'default' : 'filled'} leftSection={<Upload size={15} />} onClick={() => input.current?.click()}>{t(file ? 'import.other' : 'import.choose')}</Button>
      <input ref={input} type="file" accept=".csv,.tsv,.txt,text/csv" className="hidden" aria-label={t('import.choose')} tabIndex={-1} onChange={event => { onFile(event.currentTarget.files?.[0]); event.currentTarget.value = ''; }} />
    </div>
  );
}

interface TrialProps { fields: Record<string, Json>; busy: boolean; onDuplicate: OnDuplicate; onTry: (mapping: Mapping, onDuplicate: OnDuplicate) => void; onGo: (mapping: Mapping) => void }

const extra = ['firstName', 'middleName', 'lastName'];

function Trial({ fields, busy, onDuplicate, onTry, onGo }: TrialProps) {
  const t = useT();
  const labels = useLabels('contacts');
  const targets = useFields(contacts);
  const mapping = (fields.mapping ?? {}) as Mapping;
  const columns = (fields.columns ?? Object.keys(mapping)) as string[];
  const sample = (fields.sample ?? []) as string[][];
  const running = text(fields.state) === 'running';
  const count = (name: string) => (typeof fields[name] === 'number' ? fields[name] as number : 0);
  const data = [
    ...extra.map(name => ({ value: name, label: t(`import.${name}` as 'import.firstName') })),
    ...targets.flatMap(field => (field.type === 'parts' ? field.parts!.map(part => ({ value: `${field.name}.${part}`, label: labels.part(field, part) })) : [{ value: field.name, label: labels.field(field) }])),
  ];
  const errors = notes(fields.errors);
  return (
    <>
      <section className="panel">
        <h2>{t('import.mapping')}</h2>
        <p className="soft">{t('import.mappingText')}</p>
        <table className="mapping">
          <thead><tr><th scope="col">{t('import.inFile')}</th><th scope="col">{t('import.example')}</th><th scope="col">{t('import.becomes')}</th></tr></thead>
          <tbody>
            {columns.map((column, index) => (
              <tr key={column}>
                <th scope="row">{column}</th>
                <td className="soft">{sample.slice(0, 2).map(row => row[index]).filter(Boolean).join(' · ')}</td>
                <td><Select aria-label={t('import.becomesOf', { column })} data={data} searchable clearable placeholder={t('import.leftOut')} value={mapping[column] ?? null} disabled={busy || running}
                  onChange={target => onTry({ ...mapping, [column]: target }, onDuplicate)} /></td>
              </tr>
            ))}
          </tbody>
        </table>
        <Select label={t('import.onDuplicate')} maw={360} value={onDuplicate} allowDeselect={false} disabled={busy || running} data={(['merge', 'skip', 'create'] as const).map(one => ({ value: one, label: t(`import.on.${one}`) }))}
          onChange={chosen => onTry(mapping, chosen as OnDuplicate)} />
      </section>
      <section className="panel" aria-busy={running}>
        <h2>{t('import.trial')}</h2>
        <p className="soft">{running ? t('import.trying') : t('import.trialText')}</p>
        <dl className="figures" aria-live="polite">
          {(['total', 'created', 'merged', 'skipped', 'failed'] as const).map(name => <div key={name} data-tone={name === 'failed' && count(name) > 0 ? 'bad' : undefined}><dt>{t(`import.${name}`)}</dt><dd>{number(count(name))}</dd></div>)}
        </dl>
        {text(fields.reason) && <p className="field-note bad">{text(fields.reason)}</p>}
        {errors.length > 0 && <LineNotes title={t('import.errors', { count: count('failed') })} all={errors} />}
        <div className="panel-actions"><Button size="md" disabled={running || count('created') + count('merged') === 0} loading={busy} onClick={() => onGo(mapping)}>{t('import.go', { count: count('created') + count('merged') })}</Button></div>
      </section>
    </>
  );
}
