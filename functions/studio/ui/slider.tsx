import { useId } from "preact/hooks";

type Props = {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly ends?: readonly [string, string];
  readonly onChange: (value: number) => void;
};

/** A slider with its value, and what its two ends mean. */
export function Slider({ label, value, min, max, step, ends, onChange }: Props) {
  const id = useId();
  return (
    <div class="slider">
      <label for={id}>
        {label} <output for={id}>{value}</output>
      </label>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
      {ends && (
        <div class="slider-ends" aria-hidden="true">
          <span>{ends[0]}</span>
          <span>{ends[1]}</span>
        </div>
      )}
    </div>
  );
}
