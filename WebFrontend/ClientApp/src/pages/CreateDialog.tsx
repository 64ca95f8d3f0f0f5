// A new record: the few fields that matter first; the rest is filled in on its page.
import { Button, Modal } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { Fault } from '../api/rest';
import { records, rest } from '../engine/app';
import type { Fields } from '../engine/wire';
import type { FieldSpec, KindSpec } from '../kinds/kind';
import { useLabels, useT } from '../texts';
import { Editor } from '../ui/Editor';

export default function CreateDialog({ kind, fields, onClose }: { kind: KindSpec; fields: readonly FieldSpec[]; onClose: () => void }) {
  const t = useT();
  const labels = useLabels(kind.name);
  const navigate = useNavigate();
  const [values, setValues] = useState<Fields>(kind.create ?? {});
  const [errors, setErrors] = useState<Record<string, string[]>>({});
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const key = useRef(crypto.randomUUID()); // A second try after a lost answer makes no second record.

  const make = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setErrors({});
    setFault(undefined);
    try {
      const made = await rest.create(kind.name, Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== '')), key.current);
      records.adopt(made);
      await navigate({ to: `/${kind.name}/${made.id}` });
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      key.current = thrown.status === 0 ? key.current : crypto.randomUUID();
      setErrors(thrown.errors);
      const told = fields.some(field => field.onCreate && thrown.errors[field.name]);
      setFault(told ? undefined : thrown.status === 0 ? t('line.needed') : thrown.message || t('fault'));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal opened onClose={onClose} title={labels.new} closeButtonProps={{ 'aria-label': t('close') }}>
      <form className="stack" onSubmit={event => void make(event)}>
        {fields.filter(field => field.onCreate || field.required).map((field, index) => (
          <Editor key={field.name} kind={kind.name} field={field} value={values[field.name] ?? null} autoFocus={index === 0} error={errors[field.name]?.join(' ')} onChange={value => setValues(now => ({ ...now, [field.name]: value }))} />
        ))}
        {fault && <p className="field-note bad" role="alert">{fault}</p>}
        <div className="dialog-actions"><span className="grow" /><Button variant="default" onClick={onClose}>{t('cancel')}</Button><Button type="submit" loading={busy}>{t('create')}</Button></div>
      </form>
    </Modal>
  );
}
