/** What the sync says of itself: on demand, and when something has happened. */
import type { RefusalNews, RefusalReason } from './refusals.ts';

export interface PeerSync {
  readonly name: string;
  /** `synced`: what either has is on both disks, but for what is on its way. */
  readonly state: 'synced' | 'exchanging' | 'apart';
  /** By which address; null while apart. */
  readonly address: string | null;
  /** Changes that are not yet known to be on its disk. */
  readonly behind: number;
  /** Why it is apart; empty where it is not. */
  readonly text: string;
}

export interface SyncStatus {
  /** Why the port could not be opened; null = it is open, or there is nobody to speak to. */
  readonly failed: string | null;
  readonly peers: readonly PeerSync[];
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
}

export interface SyncNews {
  synced(peer: string, address: string): void;
  /** It was in step before, or could not be brought there for a while. */
  apart(peer: string, why: string): void;
  refused(news: RefusalNews): void;
  failed(text: string): void;
}
