// Lines over two axes as SVG: enough for the plots of docs/reports/scale.md and docs/reports/paper.md, and readable in light and dark.

export type Series = {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Beside each point, which then has a mark. */
  readonly labels?: readonly string[];
};
export type Axis = {
  readonly label: string;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  readonly log?: boolean;
};
type Plot = { readonly title: string; readonly x: Axis; readonly y: Axis; readonly series: readonly Series[] };

const WIDTH = 720;
const HEIGHT = 360;
const FRAME = { left: 64, right: 150, top: 40, bottom: 48 };
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];
const INK = "#767676";

export function svg({ title, x, y, series }: Plot): string {
  const across = scale(x, FRAME.left, WIDTH - FRAME.right);
  const up = scale(y, HEIGHT - FRAME.bottom, FRAME.top);
  const lines = series.map(({ name, points, labels = [] }, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const path = points
      .map(([px, py], j) => `${j === 0 ? "M" : "L"}${across(px).toFixed(1)} ${up(py).toFixed(1)}`)
      .join("");
    const legend = FRAME.top + 18 * i + 8;
    const marks = labels.map((label, j) => {
      const [px, py] = [across(points[j]![0]), up(points[j]![1])];
      return `
<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3" fill="${colour}"/>
<text x="${(px + 6).toFixed(1)}" y="${(py - 6).toFixed(1)}" fill="${colour}" font-size="10">${label}</text>`;
    });
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>
<path d="M${WIDTH - FRAME.right + 12} ${legend}h20" stroke="${colour}" stroke-width="3"/>
<text x="${WIDTH - FRAME.right + 38}" y="${legend + 4}">${name}</text>${marks.join("")}`;
  });
  const grid = [
    ...y.ticks.map(({ at, text }) => {
      const py = up(at).toFixed(1);
      return `<path d="M${FRAME.left} ${py}H${WIDTH - FRAME.right}" stroke="${INK}" stroke-opacity="0.3"/>
<text x="${FRAME.left - 8}" y="${Number(py) + 4}" text-anchor="end">${text}</text>`;
    }),
    ...x.ticks.map(
      ({ at, text }) =>
        `<text x="${across(at).toFixed(1)}" y="${HEIGHT - FRAME.bottom + 18}" text-anchor="middle">${text}</text>`,
    ),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="${INK}">
<title>${title}</title>
<text x="${FRAME.left}" y="22" font-size="15">${title}</text>
${grid.join("\n")}
<text x="${(FRAME.left + WIDTH - FRAME.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${x.label}</text>
<text transform="translate(16 ${(FRAME.top + HEIGHT - FRAME.bottom) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>
${lines.join("\n")}
</svg>
`;
}

function scale({ ticks, log = false }: Axis, from: number, to: number): (value: number) => number {
  const measure = (value: number) => (log ? Math.log10(value) : value);
  const [low, high] = [measure(ticks[0]!.at), measure(ticks.at(-1)!.at)];
  return (value) => {
    const share = (measure(value) - low) / (high - low);
    return from + Math.min(1, Math.max(0, share)) * (to - from);
  };
}
