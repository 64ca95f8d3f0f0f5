// Which columns a list shows.
import { Menu } from '@mantine/core';
import type { FieldSpec } from '../kinds/kind';
import { useT } from '../texts';
import { ColumnsButton } from './ColumnsButton';

interface Props { fields: readonly FieldSpec[]; label: (field: FieldSpec) => string; shown: (field: FieldSpec) => boolean; onToggle: (name: string, on: boolean) => void; onReset: () => void }

export default function ColumnsMenu({ fields, label, shown, onToggle, onReset }: Props) {
  const t = useT();
  return (
    <Menu alignItemsLabels="all" position="bottom-end" defaultOpened>
      <Menu.Target><ColumnsButton /></Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: 'auto' }}>
        {fields.map(field => <Menu.CheckboxItem key={field.name} checked={shown(field)} onChange={on => onToggle(field.name, on)}>{label(field)}</Menu.CheckboxItem>)}
        <Menu.Divider />
        <Menu.Item onClick={onReset}>{t('list.resetColumns')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
