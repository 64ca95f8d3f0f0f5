import { Button, type ButtonProps } from '@mantine/core';
import { Columns3 } from 'lucide-react';
import type { ComponentPropsWithRef } from 'react';
import { useT } from '../texts';

export function ColumnsButton(props: ButtonProps & ComponentPropsWithRef<'button'>) {
  const t = useT();
  return <Button {...props} className="phone-icon" variant="default" aria-haspopup="menu" leftSection={<Columns3 size={15} />} aria-label={t('list.columns')}><span className="wide-only">{t('list.columns')}</span></Button>;
}
