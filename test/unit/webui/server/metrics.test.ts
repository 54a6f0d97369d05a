import assert from 'node:assert/strict';
import type { Measurements } from '../../../../core/measurements.ts';
import { createMetrics } from '../../../../webui/server/metrics/metrics.ts';
import { createSampleServices } from '../../../support/sample-services.ts';
import type { Scenario } from '../../../support/sample-stack.ts';

const NOW = Date.parse('2026-11-21T02:00:00.000Z');
const MEASURED: Measurements = {
  since: '2026-11-21T01:00:00.000Z',
  timerLatenessMs: { bounds: [1, 5], counts: [90, 9, 1], count: 100, sum: 123 },
  eventLoopDelayMs: { bounds: [1, 5], counts: [100, 0, 0], count: 100, sum: 10 },
  failovers: {
    byReason: { peerUnhealthy: 2 },
    durationMs: { bounds: [10, 100], counts: [1, 1, 0], count: 2, sum: 60 },
    last: { at: '2026-11-21T01:30:00.000Z', reason: 'peerUnhealthy', durationMs: 50 },
  },
  handovers: {
    byPurpose: { switchover: 1 },
    durationMs: { bounds: [10, 100], counts: [1, 0, 0], count: 1, sum: 9 },
    last: { at: '2026-11-21T01:40:00.000Z', peer: 'b', purpose: 'switchover', durationMs: 9 },
  },
};

async function metricsOf(scenario: Scenario, measured: Measurements | null = MEASURED): Promise<string> {
  const services = createSampleServices(scenario, () => NOW);
  const engine = { ...services.engine, measurements: () => Promise.resolve(measured) };
  return createMetrics({ ...services, engine }, { streams: () => 3, now: () => NOW }).text();
}

describe('the metrics', () => {
  it('hold the counters of every router, and its state', async () => {
    const text = await metricsOf('protected');
    const labels = 'router="wan",vrid="51",family="ipv4",interface="lo"';
    assert.ok(text.includes(`tandem_router_adverts_sent_total{${labels}} 5000000000\n`));
    assert.ok(text.includes(`tandem_router_checksum_errors_total{${labels}} 8\n`));
    assert.ok(text.includes(`tandem_router_state{${labels},state="active"} 1\n`));
    assert.ok(text.includes('router="lan6"'));
  });

  it('hold the role with its age, every peer, path, pair and check', async () => {
    const text = await metricsOf('degraded');
    for (const line of [
      'tandem_role{role="active"} 1',
      'tandem_role{role="standby"} 0',
      'tandem_role_age_seconds 3600',
      'tandem_peer_healthy{peer="b"} 0',
      'tandem_path_healthy{peer="b",path="192.0.2.2"} 0',
      'tandem_path_rtt_seconds{peer="b",path="192.0.2.2"} 0.0004',
      'tandem_link_pair_up{pair="wan1"} 0',
      'tandem_link_port_speed_bps{interface="eth0"} 1000000000',
      'tandem_bypass_watchdog_armed 1',
      'tandem_bypass_watchdog_fed_timestamp_seconds 1795222799.7',
      'tandem_track_up{track="gateway",type="ping"} 0',
      'tandem_fault{name="track",router="wan"} 1',
      'tandem_event_streams 3',
      'tandem_sink_dropped_total{sink="trap:192.0.2.9:162"} 3',
    ]) {
      assert.ok(text.includes(`${line}\n`), line);
    }
  });

  it('leave out what is not known: not known is not zero', async () => {
    assert.doesNotMatch(await metricsOf('degraded'), /tandem_path_healthy\{peer="b",path="198/);
  });

  it('hold lateness and failovers as the engine measured them, cumulative and in seconds', async () => {
    const text = await metricsOf('protected');
    for (const line of [
      '# TYPE tandem_advert_lateness_seconds histogram',
      'tandem_advert_lateness_seconds_bucket{le="0.001"} 90',
      'tandem_advert_lateness_seconds_bucket{le="0.005"} 99',
      'tandem_advert_lateness_seconds_bucket{le="+Inf"} 100',
      'tandem_advert_lateness_seconds_sum 0.123',
      'tandem_advert_lateness_seconds_count 100',
      'tandem_failovers_total{reason="peerUnhealthy"} 2',
      'tandem_failover_duration_seconds_bucket{le="0.01"} 1',
      'tandem_last_failover_duration_seconds 0.05',
      'tandem_handovers_total{purpose="switchover"} 1',
      'tandem_handover_duration_seconds_sum 0.009',
    ]) {
      assert.ok(text.includes(`${line}\n`), line);
    }
  });

  it('say that the engine is gone, and what it said last with its age', async () => {
    const text = await metricsOf('engineGone', null);
    assert.match(text, /^tandem_up 0$/m);
    assert.match(text, /^tandem_status_age_seconds /m);
    assert.doesNotMatch(text, /tandem_advert_lateness/);
  });

  it('are lines that Prometheus reads, each metric once', async () => {
    const text = await metricsOf('protected');
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    assert.equal(new Set(names).size, names.length);
    for (const line of text.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
      assert.match(line, /^[a-z_][a-z0-9_]*(\{([a-z]+="[^"\n]*",?)*\})? (-?[\d.e+-]+|\+Inf|Nan)$/i);
    }
  });
});
