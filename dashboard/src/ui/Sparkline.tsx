const [WIDE, HIGH, EDGE] = [84, 26, 3];

/** How a number went, run by run or month by month, without axes: the chart of the view says more. */
export function Sparkline({ values }: { values: readonly (number | null | undefined)[] }) {
  const known = values.flatMap((value, place) =>
    typeof value === "number" && Number.isFinite(value) ? [{ value, place }] : [],
  );
  const last = known.at(-1);
  if (known.length < 2 || last === undefined) return null;
  const all = known.map((one) => one.value);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const x = (place: number) => EDGE + (place / (values.length - 1)) * (WIDE - 2 * EDGE);
  const y = (value: number) =>
    most === least ? HIGH / 2 : HIGH - EDGE - ((value - least) / (most - least)) * (HIGH - 2 * EDGE);
  const line = known.map(({ value, place }) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDE} ${HIGH}`} aria-hidden>
      <polyline points={line} fill="none" strokeWidth={1.75} strokeLinejoin="round" strokeLinecap="round" />
      <circle cx={x(last.place)} cy={y(last.value)} r={2.5} stroke="none" />
    </svg>
  );
}
