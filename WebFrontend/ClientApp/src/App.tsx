// The whole of it: who is signed in decides what there is.
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { Fault } from './api/rest';
import { start } from './engine/app';
import { useSessionState } from './engine/hooks';
import { SignIn } from './pages/SignIn';
import { router } from './routes';
import { speak } from './texts';
import { MeProvider } from './ui/me';
import { PeopleProvider } from './ui/people';
import { useSettings } from './ui/settings';
import { theme, variables } from './ui/theme';

const SelfCheck = lazy(() => import('./pages/SelfCheck').then(page => ({ default: page.SelfCheck })));
const SignInAgain = lazy(() => import('./shell/SignInAgain'));

const tries = 2;
const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 10_000, retry: (count, fault) => count < tries && !(fault instanceof Fault && fault.status >= 400 && fault.status < 500), refetchOnWindowFocus: false } },
});

export function App({ nonce }: { nonce: string }) {
  const state = useSessionState();
  const { language, density } = useSettings();
  useEffect(() => { void speak(language); }, [language]);
  useEffect(() => { document.documentElement.dataset.density = density; }, [density]);
  useEffect(() => {
    if (state === 'in') start();
    if (state === 'out') queries.clear();
  }, [state]);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queries}>
        {state === 'out' ? <Door /> : (
          <MeProvider><PeopleProvider>
            <RouterProvider router={router} />
            <Suspense fallback={null}>{state === 'lost' && <SignInAgain />}</Suspense>
          </PeopleProvider></MeProvider>
        )}
      </QueryClientProvider>
    </MantineProvider>
  );
}

const Door = () => (location.pathname === '/self-check' ? <Suspense fallback={null}><main><SelfCheck /></main></Suspense> : <SignIn />);
