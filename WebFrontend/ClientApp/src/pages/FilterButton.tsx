import { Button, type ButtonProps } from '@mantine/core';
import { ListFilter } from 'lucide-react';
import type { ComponentPropsWithRef } from 'react';
import { useT } from '../texts';

export function FilterButton(props: ButtonProps & ComponentPropsWithRef<'button'>) {
  return <Button {...props} variant="default" leftSection={<ListFilter size={15} />}>{useT()('filter')}</Button>;
}
