/** The live state for every component below: one stream for the whole page. */
import { createContext, useContext, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { connect } from './connection.ts';
import type { Connection } from './connection.ts';
import { createSampleRing } from './samples.ts';
import type { SampleRing } from './samples.ts';
import { NOTHING, reduce } from './state.ts';
import type { LiveState } from './state.ts';

interface Live {
  readonly state: LiveState;
  readonly samples: SampleRing;
}

const Context = createContext<Live | null>(null);

export function LiveProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [state, tell] = useReducer(reduce, NOTHING);
  const samples = useMemo(createSampleRing, []);
  const connection = useRef<Connection | null>(null);
  useEffect(() => {
    const opened = connect(
      (event) => {
        if (event.kind === 'snapshot') samples.replace(event.snapshot.samples);
        tell(event);
      },
      (sample) => samples.add(sample),
    );
    connection.current = opened;
    return () => opened.close();
  }, [samples]);
  useEffect(() => {
    if (state.stale) connection.current?.refetch();
  }, [state.stale]);
  const live = useMemo(() => ({ state, samples }), [state, samples]);
  return <Context value={live}>{children}</Context>;
}

export function useLive(): Live {
  const live = useContext(Context);
  if (live === null) throw new Error('useLive outside of LiveProvider');
  return live;
}

/** The time, twice a second: what is shown as an age moves by itself. */
export function useNow(everyMs = 500): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now;
}
