/** Bandwidth over the last fifteen minutes, with the minimum as a dashed line and a mark where the role changed. Drawn by uPlot, beside React. */
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useLive } from '../live/live.tsx';
import { KEPT_SAMPLES } from '../live/samples.ts';
import type { SampleRing } from '../live/samples.ts';
import { useDark } from '../theme.ts';
import { clock, rate } from '../words/format.ts';

const HEIGHT = 200;

interface Props {
  readonly minimum: number | null;
  /** Moments at which this instance changed its role, ms since 1970. */
  readonly marks: readonly number[];
  readonly paused: boolean;
}

export function Chart({ minimum, marks, paused }: Props): ReactNode {
  const { samples } = useLive();
  const dark = useDark();
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef({ marks, paused });
  latest.current = { marks, paused };
  useEffect(() => {
    if (box.current === null) return undefined;
    const host = box.current;
    const plot = new uPlot(
      options(host.clientWidth, dark, minimum, () => latest.current.marks),
      dataOf(samples, minimum),
      host,
    );
    const stop = samples.onChange(() => {
      if (!latest.current.paused) plot.setData(dataOf(samples, minimum));
    });
    const watcher = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: HEIGHT }));
    watcher.observe(host);
    return () => {
      stop();
      watcher.disconnect();
      plot.destroy();
    };
  }, [samples, dark, minimum]);
  return <div ref={box} className="t-chart" aria-hidden="true" />;
}

/** Columns: time in seconds, one second's traffic, average over the window, minimum. Pure. */
export function dataOf(samples: SampleRing, minimum: number | null): uPlot.AlignedData {
  const list = samples.list();
  const end = list.length === 0 ? Date.now() : Date.parse(list.at(-1)!.at);
  const start = end - KEPT_SAMPLES * 1000;
  // The axis begins fifteen minutes ago, whether or not there are samples yet.
  const rows = [{ at: start, bps: null, averageBps: null }, ...list.map((one) => ({ ...one, at: Date.parse(one.at) }))];
  return [
    rows.map(({ at }) => at / 1000),
    rows.map(({ bps }) => bps),
    rows.map(({ averageBps }) => averageBps),
    rows.map(() => minimum),
  ];
}

function options(width: number, dark: boolean, minimum: number | null, marks: () => readonly number[]): uPlot.Options {
  const ink = dark ? '#c7c7c7' : '#4d4d4d';
  const grid = dark ? '#383838' : '#e0e0e0';
  const [line, average, limit, mark] = dark
    ? ['#4394e5', '#92c5f9', '#f4784a', '#f0c14b']
    : ['#0066cc', '#004d99', '#b1380b', '#73480b'];
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid } };
  return {
    width,
    height: HEIGHT,
    cursor: { y: false },
    legend: { show: false },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(high, minimum ?? 0, 1000) * 1.1] } },
    axes: [
      {
        ...axis,
        values: (_plot, times) => times.map((time) => clock(new Date(time * 1000).toISOString()).slice(0, 5)),
      },
      { ...axis, size: 80, values: (_plot, values) => values.map((value) => rate(value)) },
    ],
    series: [
      {},
      { stroke: line, width: 1.5, fill: `${line}22`, points: { show: false } },
      { stroke: average, width: 1, dash: [2, 3], points: { show: false } },
      { stroke: limit, width: 2, dash: [8, 5], points: { show: false } },
    ],
    hooks: {
      draw: [
        (plot) => {
          const { ctx, bbox } = plot;
          ctx.save();
          ctx.strokeStyle = mark;
          ctx.fillStyle = mark;
          for (const at of marks()) {
            const x = plot.valToPos(at / 1000, 'x', true);
            if (x < bbox.left || x > bbox.left + bbox.width) continue;
            ctx.beginPath();
            ctx.moveTo(x, bbox.top);
            ctx.lineTo(x, bbox.top + bbox.height);
            ctx.stroke();
            ctx.beginPath();
            ctx.moveTo(x - 6, bbox.top + bbox.height);
            ctx.lineTo(x + 6, bbox.top + bbox.height);
            ctx.lineTo(x, bbox.top + bbox.height - 10);
            ctx.fill();
          }
          ctx.restore();
        },
      ],
    },
  };
}
