// Gives what a list shows a name, to be found again; or gives a view another one.
import '@mantine/core/styles/Switch.css';
import { Button, Modal, Switch, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { Fault } from '../api/rest';
import { commands, records, rest } from '../engine/app';
import type { Fields } from '../engine/wire';
import { useT } from '../texts';
import type { View } from './views';

interface Props { kind: string; view?: View; fields: () => Fields; onClose: () => void; onMade: (id: string) => void }

export default function ViewDialog({ kind, view, fields, onClose, onMade }: Props) {
  const t = useT();
  const [name, setName] = useState(view?.name ?? '');
  const [shared, setShared] = useState(view?.shared ?? false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const key = useRef(crypto.randomUUID());

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim()) { setFault(t('views.nameless')); return; }
    if (view) {
      void commands.edit(view.ref, { name: name.trim(), shared });
      onClose();
      return;
    }
    setBusy(true);
    try {
      const given = Object.fromEntries(Object.entries(fields()).filter(([, value]) => value !== null));
      const record = await rest.create('views', { ...given, on: kind, name: name.trim(), shared }, key.current);
      records.adopt(record);
      onMade(record.id);
      onClose();
    } catch (thrown) {
      if (thrown instanceof Fault && thrown.status !== 0) key.current = crypto.randomUUID();
      setFault(thrown instanceof Fault ? Object.values(thrown.errors).flat().join(' ') || thrown.message || t('line.needed') : t('fault'));
      setBusy(false);
    }
  };

  return (
    <Modal opened onClose={onClose} size={420} title={t(view ? 'views.rename' : 'views.new')} closeButtonProps={{ 'aria-label': t('close') }}>
      <form className="stack" onSubmit={event => void save(event)}>
        {!view && <p className="soft">{t('views.newText')}</p>}
        <TextInput label={t('views.name')} data-autofocus maxLength={80} value={name} error={fault} onChange={event => { setName(event.currentTarget.value); setFault(undefined); }} />
        <Switch label={t('views.share')} description={t('views.shareText')} checked={shared} onChange={event => setShared(event.currentTarget.checked)} />
        <div className="dialog-actions"><span className="grow" /><Button variant="default" onClick={onClose}>{t('cancel')}</Button><Button type="submit" loading={busy}>{t('save')}</Button></div>
      </form>
    </Modal>
  );
}
