// Words, by key and language. A language is fetched when it is spoken.
import i18next from 'i18next';
import { useMemo, useSyncExternalStore } from 'react';
import type { FieldSpec } from '../kinds/kind';
import type { en } from './en';

type Stored = keyof typeof en;
export type Key = Stored extends infer K ? (K extends `${infer Base}_one` ? Base : K extends `${string}_other` ? never : K) : never;
export type Translate = (key: Key, values?: Record<string, string | number>) => string;

const load = { en: async () => (await import('./en')).en, de: async () => (await import('./de')).de };

/** Speaks a language from now on. */
export async function speak(language: keyof typeof load) {
  if (!i18next.isInitialized) await i18next.init({ keySeparator: false, nsSeparator: false, interpolation: { escapeValue: false }, resources: {}, lng: language });
  if (!i18next.hasResourceBundle(language, 'translation')) i18next.addResourceBundle(language, 'translation', await load[language]());
  if (i18next.language !== language) await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

const subscribe = (listener: () => void) => {
  i18next.on('languageChanged', listener);
  return () => i18next.off('languageChanged', listener);
};

export function useT(): Translate {
  const language = useSyncExternalStore(subscribe, () => i18next.language);
  return useMemo(() => ((key, values) => i18next.t(key, values ?? {})) as Translate, [language]); // eslint-disable-line react-hooks/exhaustive-deps -- The words follow the language.
}

/** Names of kinds, their fields, options and verbs. */
export function useNames() {
  const t = useT();
  return useMemo(() => {
    const known = (key: string, otherwise: string) => (i18next.exists(key) ? t(key as Key) : otherwise);
    return {
      many: (kind: string) => known(kind, kind),
      new: (kind: string) => known(`${kind}.new`, t('create')),
      empty: (kind: string) => known(`${kind}.empty`, ''),
      field: (kind: string, field: FieldSpec) => field.label ?? known(`f.${kind}.${field.name}`, known(`f.${field.name}`, field.name)),
      option: (field: FieldSpec, option: string) => (field.label ? option : known(`o.${option}`, option)),
      part: (part: string) => known(`p.${part}`, part),
      verb: (verb: string) => known(`v.${verb}`, verb),
      right: (verb: string) => known(`r.${verb}`, verb),
    };
  }, [t]);
}

/** The same for one kind. */
export function useLabels(kind: string) {
  const names = useNames();
  const t = useT();
  return useMemo(() => ({
    many: names.many(kind), new: names.new(kind), empty: names.empty(kind), yes: t('yes'), no: t('no'), verb: names.verb, option: names.option,
    field: (field: FieldSpec) => names.field(kind, field), part: (_: FieldSpec, part: string) => names.part(part),
  }), [kind, names, t]);
}
