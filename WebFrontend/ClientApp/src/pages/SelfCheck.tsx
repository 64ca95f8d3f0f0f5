// Tests the way between this browser and the server, and prints the line that a proxy lacks.
import { Button, Code } from '@mantine/core';
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { CircleCheck, CircleX, LoaderCircle } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { session } from '../engine/app';
import { type Key, useT } from '../texts';

interface Check { name: Key; run: () => Promise<string>; cure: Key; line?: string }
interface Result { state: 'running' | 'good' | 'bad' | 'skipped'; detail?: string }

const limit = 8_000;

const within = <T,>(work: Promise<T>) => Promise.race([work, new Promise<T>((_, fail) => setTimeout(() => fail(new Error(`> ${limit / 1_000} s`)), limit))]);

async function hub(transport: HttpTransportType) {
  if (session.state() !== 'in') throw new Error('401');
  const token = await session.token();
  const connection = new HubConnectionBuilder().withUrl('/hub', { accessTokenFactory: () => token, transport }).configureLogging(LogLevel.None).build();
  const started = performance.now();
  try {
    await within(connection.start());
    return `${Math.round(performance.now() - started)} ms`;
  } finally {
    await connection.stop();
  }
}

const checks: Check[] = [
  { name: 'check.server', cure: 'check.serverCure', run: async () => { const started = performance.now(); const answer = await within(fetch('/health/ready', { cache: 'no-store' })); if (!answer.ok) throw new Error(String(answer.status)); return `${Math.round(performance.now() - started)} ms`; } },
  { name: 'check.socket', cure: 'check.socketCure', run: () => hub(HttpTransportType.WebSockets), line: 'location /hub {\n  proxy_pass http://127.0.0.1:5080;\n  proxy_http_version 1.1;\n  proxy_set_header Upgrade $http_upgrade;\n  proxy_set_header Connection "upgrade";\n  proxy_read_timeout 1h;\n}' },
  { name: 'check.events', cure: 'check.eventsCure', run: () => hub(HttpTransportType.ServerSentEvents), line: 'proxy_buffering off;' },
  { name: 'check.polling', cure: 'check.pollingCure', run: () => hub(HttpTransportType.LongPolling), line: 'proxy_read_timeout 1h;' },
  {
    name: 'check.headers', cure: 'check.headersCure', line: 'proxy_pass_header Content-Security-Policy;',
    run: async () => {
      const answer = await within(fetch('/health/live', { cache: 'no-store' }));
      const missing = ['content-security-policy', 'x-content-type-options', 'referrer-policy', 'x-correlation-id'].filter(name => !answer.headers.get(name));
      if (missing.length > 0) throw new Error(missing.join(', '));
      return '';
    },
  },
];

export function SelfCheck() {
  const t = useT();
  const [results, setResults] = useState<Record<string, Result>>({});
  const run = useCallback(() => {
    setResults(Object.fromEntries(checks.map(check => [check.name, { state: 'running' }])));
    for (const check of checks) {
      void check.run().then<Result, Result>(detail => ({ state: 'good', detail }), (fault: Error) => ({ state: fault.message === '401' ? 'skipped' : 'bad', detail: fault.message }))
        .then(result => setResults(now => ({ ...now, [check.name]: result })));
    }
  }, []);
  useEffect(run, [run]);
  useEffect(() => { document.title = `${t('check')} · CRM`; }, [t]);
  return (
    <div className="list-page">
      <header className="page-head"><h1 id="page-title" tabIndex={-1}>{t('check')}</h1><span className="grow" /><Button variant="default" onClick={run}>{t('again')}</Button></header>
      <div className="page-body narrow">
        <p className="soft">{t('check.text')}</p>
        <ul className="checks" aria-live="polite">
          {checks.map(check => {
            const { state, detail } = results[check.name] ?? { state: 'running' };
            return (
              <li key={check.name} data-state={state}>
                {state === 'good' ? <CircleCheck size={20} aria-hidden="true" /> : state === 'running' ? <LoaderCircle size={20} aria-hidden="true" /> : <CircleX size={20} aria-hidden="true" />}
                <div>
                  <strong>{t(check.name)}</strong> <span className="soft">{state === 'skipped' ? t('check.signIn') : state === 'running' ? t('loading') : state === 'good' ? `${t('check.good')} ${detail}` : `${t('check.bad')} ${detail}`}</span>
                  {state === 'bad' && <><p>{t(check.cure)}</p>{check.line && <Code block>{check.line}</Code>}</>}
                </div>
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}
