// Where one more condition is made.
import { Popover } from '@mantine/core';
import { useState } from 'react';
import type { FieldSpec } from '../kinds/kind';
import type { Condition } from './FilterBar';
import { FilterButton } from './FilterButton';
import NewCondition from './NewCondition';

export default function NewFilter({ kind, fields, onAdd }: { kind: string; fields: readonly FieldSpec[]; onAdd: (condition: Condition) => void }) {
  const [opened, setOpened] = useState(true);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus returnFocus>
      <Popover.Target><FilterButton onClick={() => setOpened(!opened)} /></Popover.Target>
      <Popover.Dropdown className="filter-drop">{opened && <NewCondition kind={kind} fields={fields} onAdd={condition => { onAdd(condition); setOpened(false); }} />}</Popover.Dropdown>
    </Popover>
  );
}
