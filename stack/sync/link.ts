/** One connection to a peer: the socket, the session that decides (session.ts), and the store that it is about. */
import type { TLSSocket } from 'node:tls';
import type { Replica } from '../store/embedded/embedded.ts';
import { createFrameReader, encodeFrame } from './frames.ts';
import type { Frame } from './frames.ts';
import type { Hello } from './hello.ts';
import { NEW_SESSION, sessionStep } from './session.ts';
import type { DropReason, SessionEffect, SessionFacts, SessionInput } from './session.ts';

export interface Link {
  readonly peer: string;
  readonly address: string;
  readonly dialled: boolean;
  readonly keyId: string;
  readonly hello: Hello | null;
  readonly synced: boolean;
  /** Numbers of the last update that was sent, and of the last that is on the other disk. */
  readonly sent: number;
  readonly acked: number;
  put(input: SessionInput): void;
}

export interface LinkFacts extends SessionFacts {
  readonly address: string;
  readonly dialled: boolean;
  readonly keyId: string;
  readonly replica: Pick<Replica, 'stateVector' | 'diff' | 'apply'>;
}

export interface LinkEvents {
  greeted(link: Link): void;
  synced(link: Link): void;
  acked(link: Link): void;
  /** Once. `detail` is for a person. */
  ended(link: Link, why: DropReason | 'closedByNetwork', detail: string): void;
}

/** Unsent bytes beyond a large answer: a peer that is so far behind begins anew later. */
const MOST_UNSENT = 32 * 1024 * 1024;
/** What is being applied: more is left in the socket, and with that in the other one's. */
const MOST_UNAPPLIED = 128;
const MOST_UNAPPLIED_BYTES = 32 * 1024 * 1024;
/** Head and body in one go. */
const SMALL = 64 * 1024;
/** For the word of farewell to leave. */
const FAREWELL_MS = 500;

export function createLink(socket: TLSSocket, facts: LinkFacts, events: LinkEvents): Link {
  const { peer, address, dialled, keyId, replica } = facts;
  const reader = createFrameReader();
  let state = NEW_SESSION;
  let hello: Hello | null = null;
  let unapplied = 0;
  let unappliedBytes = 0;
  let largestAnswer = 0;
  let ended = false;

  const link: Link = {
    peer,
    address,
    dialled,
    keyId,
    get hello() {
      return hello;
    },
    get synced() {
      return state.synced;
    },
    get sent() {
      return state.sent;
    },
    get acked() {
      return state.acked;
    },
    put,
  };

  function put(input: SessionInput): void {
    const result = sessionStep(state, input, facts);
    state = result.state;
    for (const effect of result.effects) perform(effect);
  }

  function perform(effect: SessionEffect): void {
    // One of the effects before may have ended it.
    if (ended) return;
    switch (effect.do) {
      case 'send':
        return send(effect.frame);
      case 'readVector':
        return void replica.stateVector().then((bytes) => put({ kind: 'vectorRead', bytes }));
      case 'readDiff':
        return void replica.diff(effect.vector).then((bytes) => put({ kind: 'diffRead', bytes }));
      case 'apply':
        return apply(effect.seq, effect.bytes);
      case 'greeted':
        hello = effect.hello;
        return events.greeted(link);
      case 'synced':
        return events.synced(link);
      case 'acked':
        return events.acked(link);
      case 'drop':
        if (effect.why === 'silent') socket.destroy();
        else end();
        return over(effect.why, effect.detail);
    }
  }

  function send(frame: Frame): void {
    if (!socket.writable) return;
    const parts = encodeFrame(frame);
    const size = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (size <= SMALL) socket.write(Buffer.concat(parts));
    else for (const part of parts) socket.write(part);
    if (frame.kind !== 'update') return;
    if (frame.answers) largestAnswer = Math.max(largestAnswer, size);
    if (socket.writableLength <= MOST_UNSENT + largestAnswer) return;
    socket.destroy();
    over('slow', `${socket.writableLength} bytes wait for it`);
  }

  function apply(seq: number, bytes: Uint8Array): void {
    unapplied += 1;
    unappliedBytes += bytes.byteLength;
    if (isFull()) socket.pause();
    void replica.apply(bytes, peer).then((applied) => {
      unapplied -= 1;
      unappliedBytes -= bytes.byteLength;
      if (socket.isPaused() && !isFull()) socket.resume();
      put(
        applied.ok
          ? { kind: 'applied', seq, waiting: applied.value.waiting }
          : { kind: 'notApplied', text: applied.error },
      );
    });
  }

  const isFull = (): boolean => unapplied >= MOST_UNAPPLIED || unappliedBytes >= MOST_UNAPPLIED_BYTES;

  function end(): void {
    socket.end();
    setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
  }

  function over(why: DropReason | 'closedByNetwork', detail: string): void {
    if (ended) return;
    ended = true;
    events.ended(link, why, detail);
  }

  let trouble = 'the connection was closed';
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    if (ended) return;
    put({ kind: 'heard' });
    const frames = reader.push(chunk);
    if (!frames.ok) {
      socket.destroy();
      return over('garbage', frames.error);
    }
    for (const frame of frames.value) put({ kind: 'frame', frame });
  });
  socket.on('error', (error) => (trouble = error.message));
  socket.on('close', () => over('closedByNetwork', trouble));
  put({ kind: 'opened' });
  return link;
}
