import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { ChartColumns } from "../model/chart-series.ts";
import { bitRate, clockMinute } from "../model/format.ts";

const HEIGHT = 180;
const RATES_WIDTH = 76;
const TIMES_HEIGHT = 30;
const TIMES_SPACE = 90;
/** Whole minutes only, as they are what is written there. In seconds. */
const TIMES_EVERY = [60, 120, 300, 600];
const RATES_SPACE = 34;
/** What the highest tick is when nothing is dropped: the curve then lies on the ground. */
const LEAST_BPS = 1000;
const HEADROOM = 1.12;

/** A curve of bits per second over time, as wide as its place and in the colours of the page. */
export class Curve {
  readonly #place: HTMLElement;
  readonly #plot: uPlot;
  readonly #resized: ResizeObserver;
  readonly #scheme = matchMedia("(prefers-color-scheme: dark)");
  #span: readonly [number, number] = [0, 1];

  constructor(place: HTMLElement) {
    this.#place = place;
    this.#plot = new uPlot(this.#options(), [[], []], place);
    this.#resized = new ResizeObserver(() => {
      this.#plot.setSize({ width: place.clientWidth, height: HEIGHT });
    });
    this.#resized.observe(place);
    this.#scheme.addEventListener("change", this.#redraw);
  }

  /** Draws `columns` over `span`, in seconds since the Unix epoch. */
  show([times, rates]: ChartColumns, span: readonly [number, number]): void {
    this.#span = span;
    this.#plot.setData([[...times], [...rates]]);
  }

  close(): void {
    this.#resized.disconnect();
    this.#scheme.removeEventListener("change", this.#redraw);
    this.#plot.destroy();
  }

  readonly #redraw = (): void => this.#plot.redraw(false, true);

  /** A canvas knows no style sheets: colours are asked for whenever it is drawn. */
  #colour(name: "line" | "fill" | "text" | "grid"): string {
    const probe = document.createElement("i");
    probe.className = `chart-${name}`;
    this.#place.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }

  #options(): uPlot.Options {
    const text = (): string => this.#colour("text");
    const font = `12px ${getComputedStyle(this.#place).fontFamily}`;
    return {
      width: Math.max(1, this.#place.clientWidth),
      height: HEIGHT,
      padding: [8, 20, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: true, range: () => [...this.#span] },
        y: { range: (_, __, most) => [0, Math.max(LEAST_BPS, most) * HEADROOM] },
      },
      series: [
        {},
        {
          stroke: () => this.#colour("line"),
          fill: () => this.#colour("fill"),
          width: 2,
          points: { show: false },
        },
      ],
      axes: [
        {
          stroke: text,
          font,
          grid: { show: false },
          ticks: { show: false },
          size: TIMES_HEIGHT,
          space: TIMES_SPACE,
          incrs: [...TIMES_EVERY],
          values: (_, times) => times.map((time) => clockMinute(time * 1000)),
        },
        {
          stroke: text,
          font,
          size: RATES_WIDTH,
          space: RATES_SPACE,
          grid: { stroke: () => this.#colour("grid"), width: 1 },
          ticks: { show: false },
          values: (_, rates) => rates.map((rate) => (rate === 0 ? "0" : bitRate(rate))),
        },
      ],
    };
  }
}
