import { UnstyledButton, type UnstyledButtonProps } from '@mantine/core';
import type { ComponentPropsWithRef } from 'react';
import type { LineState } from '../engine/line';

export interface Mark { phase: LineState['phase']; words: string; waiting?: string }

export function LineButton({ phase, words, waiting, ...props }: Mark & UnstyledButtonProps & ComponentPropsWithRef<'button'>) {
  return <UnstyledButton {...props} className="line-mark" data-phase={phase}><span className="dot" aria-hidden="true" /><span role="status">{words}</span>{waiting && <span className="waiting-count">{waiting}</span>}</UnstyledButton>;
}
