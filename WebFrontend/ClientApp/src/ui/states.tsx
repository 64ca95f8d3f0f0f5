// What a page shows when it has nothing to show: on the way, nothing there, or not possible and why.
import { Button, Skeleton } from '@mantine/core';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useT } from '../texts';

export function Empty({ icon: Icon, title, text, page, children }: { icon: LucideIcon; title: string; text: string; page?: boolean; children?: ReactNode }) {
  return (
    <div className="empty">
      <span className="empty-icon"><Icon size={24} strokeWidth={1.6} aria-hidden="true" /></span>
      {page ? <h1>{title}</h1> : <h2>{title}</h2>}
      <p>{text}</p>
      {children && <div className="empty-actions">{children}</div>}
    </div>
  );
}

export function Trouble({ text, onAgain }: { text: string; onAgain?: () => void }) {
  const t = useT();
  return (
    <div className="trouble" role="alert">
      <p>{text}</p>
      {onAgain && <Button size="xs" variant="default" onClick={onAgain}>{t('again')}</Button>}
    </div>
  );
}

export function PageSkeleton() {
  const t = useT();
  return (
    <div className="page-skeleton" aria-busy="true" aria-label={t('loading')} role="status">
      <Skeleton height={28} width={220} />
      {[92, 78, 85, 64, 72, 80].map(width => <Skeleton key={width} height={16} width={`${width}%`} />)}
    </div>
  );
}
