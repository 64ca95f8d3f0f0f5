// Who is signed in here, and what he may do. The server decides; this only keeps from offering what it would refuse.
import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext } from 'react';
import { rest, session } from '../engine/app';
import type { Me } from '../engine/session';

const nobody: Me = { userId: '', tenant: '', name: '', email: '', roles: [], permissions: [] };
const Context = createContext<Me>(nobody);

export function MeProvider({ children }: { children: ReactNode }) {
  const { data } = useQuery({ queryKey: ['me', session.kept?.user], queryFn: () => rest.get<Me>('/api/v1/me'), refetchInterval: 60_000, refetchOnWindowFocus: true });
  return <Context value={data ?? nobody}>{children}</Context>;
}

export const useMe = () => useContext(Context);

export function useCan() {
  const { permissions } = useMe();
  return (permission: string) => permissions.includes('*') || permissions.includes(permission) || permissions.includes(`${permission.split('.')[0]}.*`);
}
