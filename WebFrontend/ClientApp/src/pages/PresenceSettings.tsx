// To whom one is shown, and what of one's writing: one's own choice, and below it what holds for all.
import { NumberInput, Select, Switch } from '@mantine/core';
import { act, line, presence } from '../engine/app';
import { useWatch } from '../engine/hooks';
import { type Json, type Outcome } from '../engine/wire';
import { text } from '../kinds/kind';
import { useT } from '../texts';
import { useCan, useMe } from '../ui/me';
import { change, useSettings } from '../ui/settings';
import { toast } from '../ui/toasts';

const policy = 'policies/presence';
const choices = ['visible', 'team', 'hidden'] as const;

export function PresenceSettings() {
  const t = useT();
  const me = useMe();
  const can = useCan();
  const now = useSettings();
  const own = useWatch(me.userId ? `users/${me.userId}` : undefined);
  const all = useWatch(policy, can('policies.read'));
  const data = choices.map(choice => ({ value: choice, label: t(`presence.${choice}`) }));
  const done = (outcome: Promise<Outcome>) => outcome.then(({ errors }) => errors?.[0] && toast(errors[0].text, 'bad'), () => toast(t('line.needed'), 'bad'));
  const decide = (fields: Record<string, Json>) => void done(line.invoke<Outcome>('Edit', policy, all?.version ?? 0, fields, crypto.randomUUID()));
  const hide = (unseen: boolean) => { change({ unseen }); presence.sayAll(); };
  return (
    <>
      <Select label={t('presence.own')} maw={320} allowDeselect={false} data={data} value={text(own?.fields.presence ?? null) || 'visible'} onChange={value => void done(act(`users/${me.userId}`, 'share', { presence: value }))} />
      <Switch label={t('presence.unseen')} description={t('presence.unseenText')} checked={now.unseen} onChange={event => hide(event.currentTarget.checked)} />
      {can('policies.edit') && (
        <>
          <Select label={t('presence.policy')} maw={320} allowDeselect={false} data={data} value={text(all?.fields.presence ?? null) || 'visible'} onChange={value => decide({ presence: value })} />
          <NumberInput label={t('presence.away')} maw={160} min={1} max={480} allowDecimal={false} value={Number(all?.fields.awayMinutes ?? 5)} onBlur={event => { const minutes = Number(event.currentTarget.value); if (minutes && minutes !== Number(all?.fields.awayMinutes ?? 5)) decide({ awayMinutes: minutes }); }} />
        </>
      )}
    </>
  );
}
