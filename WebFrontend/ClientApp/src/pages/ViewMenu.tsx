// What its owner does with a view.
import { ActionIcon, Menu } from '@mantine/core';
import { Ellipsis, Lock, PenLine, Trash2, Users } from 'lucide-react';
import { commands, rest } from '../engine/app';
import { useT } from '../texts';
import { useCan } from '../ui/me';
import { toast } from '../ui/toasts';
import type { View } from './views';

export default function ViewMenu({ view, onRename, onGone }: { view: View; onRename: () => void; onGone: () => void }) {
  const t = useT();
  const can = useCan();
  const remove = async () => {
    try {
      await rest.remove('views', view.id);
      onGone();
      toast(t('record.deleted', { title: view.name }), 'plain', { label: t('undo'), run: () => void rest.verb('views', view.id, 'restore').catch(() => toast(t('fault'), 'bad')) });
    } catch (fault) {
      toast((fault as Error).message || t('line.needed'), 'bad');
    }
  };
  return (
    <Menu position="bottom-start">
      <Menu.Target><ActionIcon size="sm" aria-label={t('views.more', { name: view.name })}><Ellipsis size={15} /></ActionIcon></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<PenLine size={15} />} onClick={onRename}>{t('views.rename')}</Menu.Item>
        <Menu.Item leftSection={view.shared ? <Lock size={15} /> : <Users size={15} />} onClick={() => void commands.edit(view.ref, { shared: !view.shared })}>{t(view.shared ? 'views.makePrivate' : 'views.share')}</Menu.Item>
        {can('views.delete') && <><Menu.Divider /><Menu.Item color="red" leftSection={<Trash2 size={15} />} onClick={() => void remove()}>{t('delete')}</Menu.Item></>}
      </Menu.Dropdown>
    </Menu>
  );
}
