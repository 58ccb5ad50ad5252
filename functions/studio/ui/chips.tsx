// Styles and backgrounds that the model knows. A chip writes its phrase into the caption, so the caption says it all.
import { backgroundPhrase, choose, chosen, stylePhrase } from "../state/caption.ts";
import { caption } from "../state/composer.ts";
import { model } from "../state/session.ts";

type Props = {
  readonly label: string;
  readonly values: readonly string[];
  readonly phrase: (value: string) => string;
  /** Shows the values as colours. */
  readonly swatches?: boolean;
};

export function Chips() {
  const { styles = [], backgrounds = [] } = model.value ?? {};
  return (
    <div class="chips">
      <Group label="Style" values={styles} phrase={stylePhrase} />
      <Group label="Background" values={backgrounds} phrase={backgroundPhrase} swatches />
    </div>
  );
}

function Group({ label, values, phrase, swatches = false }: Props) {
  if (values.length === 0) return null;
  const current = chosen(caption.value, values, phrase);
  return (
    <fieldset class="chip-group">
      <legend>{label}</legend>
      {values.map((value) => (
        <button
          key={value}
          type="button"
          class={swatches ? "swatch" : "chip"}
          aria-pressed={value === current}
          aria-label={swatches ? value : undefined}
          title={phrase(value)}
          style={swatches ? { "--swatch": `var(--swatch-${value}, ${value})` } : undefined}
          onClick={() => {
            caption.value = choose(caption.value, value, values, phrase);
          }}
        >
          {swatches ? null : value}
        </button>
      ))}
    </fieldset>
  );
}
