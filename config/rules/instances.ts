/** Rules about the instances of the stack: mode, peers, secret. */
import { reportRepeats, type Rule } from './rule.ts';

export const instanceRules: readonly Rule[] = [
  {
    text: '`ha.mode: active-active` needs exactly one peer.',
    reads: ['ha.mode', 'ha.peers'],
    check({ ha }, report) {
      if (ha.mode === 'active-active' && ha.peers.length !== 1) {
        report(['ha', 'peers'], `mode active-active needs exactly one peer, found ${ha.peers.length}`);
      }
    },
  },
  {
    text: '`ha.mode: cluster` needs at least two peers.',
    reads: ['ha.mode', 'ha.peers'],
    check({ ha }, report) {
      if (ha.mode === 'cluster' && ha.peers.length < 2) {
        report(['ha', 'peers'], `mode cluster needs at least two peers, found ${ha.peers.length}`);
      }
    },
  },
  {
    text: '`ha.secretFile` is required with peers.',
    reads: ['ha.secretFile', 'ha.peers'],
    check({ ha }, report) {
      if (ha.peers.length > 0 && ha.secretFile === null) {
        report(
          ['ha', 'secretFile'],
          'required with peers: expected the path of the stack secret (tandem keygen makes one)',
        );
      }
    },
  },
  {
    text: '`ha.interface` is required with peers.',
    reads: ['ha.interface', 'ha.peers'],
    check({ ha }, report) {
      if (ha.peers.length > 0 && ha.interface === null) {
        report(['ha', 'interface'], 'required with peers: expected the name of the HA port');
      }
    },
  },
  {
    text: 'Peers have names of their own, different from `instance`.',
    reads: ['instance', 'ha.peers'],
    check({ instance, ha }, report) {
      const peers = ha.peers.map((peer, i) => ({ key: peer.name, path: ['ha', 'peers', i, 'name'] }));
      reportRepeats([{ key: instance, path: ['instance'] }, ...peers], 'the name', report);
    },
  },
  {
    text: 'No address stands in two paths. A link-local path names its interface.',
    reads: ['ha.peers'],
    check({ ha }, report) {
      const paths = ha.peers.flatMap((peer, i) =>
        peer.paths.map((key, j) => ({ key, path: ['ha', 'peers', i, 'paths', j] })),
      );
      reportRepeats(paths, 'the path', report);
      for (const { key, path } of paths) {
        if (/^fe[89ab]/.test(key) && !key.includes('%'))
          report(path, `${key} is link-local: expected its interface too, such as ${key}%eth2`);
      }
    },
  },
  {
    text: '`drills[].to` is this instance or a peer.',
    reads: ['instance', 'ha.peers', 'drills'],
    check({ instance, ha, drills }, report) {
      const names = [instance, ...ha.peers.map((peer) => peer.name)];
      drills.forEach(({ to }, i) => {
        if (!names.includes(to)) report(['drills', i, 'to'], `expected this instance or a peer (${names.join(', ')})`);
      });
    },
  },
];
