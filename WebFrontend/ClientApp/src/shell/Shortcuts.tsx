// Every key that does something.
import { Kbd, Modal } from '@mantine/core';
import { type Key, useT } from '../texts';

const keys: { title: Key; rows: [string[], Key][] }[] = [
  { title: 'keys.everywhere', rows: [[['⌘', 'K'], 'palette.open'], [['/'], 'keys.search'], [['?'], 'shortcuts'], [['n'], 'notices'], [['g', 'c'], 'keys.contacts'], [['g', 'i'], 'keys.imports'], [['g', 'a'], 'keys.feed'], [['g', 's'], 'settings']] },
  { title: 'keys.list', rows: [[['↓', '↑'], 'keys.rows'], [['Enter'], 'keys.open'], [['x'], 'keys.choose'], [['c'], 'keys.new']] },
  { title: 'keys.record', rows: [[['Enter'], 'keys.save'], [['Esc'], 'keys.cancel'], [['⌘', 'Enter'], 'keys.saveLong']] },
];

export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const t = useT();
  return (
    <Modal opened onClose={onClose} title={t('shortcuts')} closeButtonProps={{ 'aria-label': t('close') }}>
      {keys.map(group => (
        <section key={group.title} className="keys">
          <h2>{t(group.title)}</h2>
          <dl>{group.rows.map(([pressed, what]) => <div key={what}><dt>{t(what)}</dt><dd>{pressed.map(key => <Kbd key={key} size="sm">{key}</Kbd>)}</dd></div>)}</dl>
        </section>
      ))}
    </Modal>
  );
}
