import type { Page } from "playwright-core";
import { until } from "../support/browser.ts";

/** A canvas knows its colours only as octets, so the line's colour is painted beside it to be compared. */
const COUNT = `(() => {
  const chart = document.querySelector(".chart");
  const canvas = chart?.querySelector("canvas");
  if (!canvas) return 0;
  const probe = chart.appendChild(document.createElement("i"));
  probe.className = "chart-line";
  const spot = new OffscreenCanvas(1, 1).getContext("2d");
  spot.fillStyle = getComputedStyle(probe).color;
  spot.fillRect(0, 0, 1, 1);
  probe.remove();
  const line = spot.getImageData(0, 0, 1, 1).data;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    const near = [0, 1, 2].every((part) => Math.abs(data[at + part] - line[part]) < 12);
    if (near && data[at + 3] > 200) count += 1;
  }
  return count;
})()`;

/** Waits until the page's chart shows its line. What draws it is loaded when it is needed, so it comes a little later. */
export async function lineIsDrawn(page: Page): Promise<void> {
  await until(
    page,
    () => page.evaluate<number>(COUNT),
    (count) => count > 0,
    "the chart's pixels in the colour of its line",
  );
}
