// What a caption can say besides its subject. A chip writes its phrase into the caption, so the caption says it all.
import type { Attribute } from "../api/types.ts";
import { choose, chosen } from "../state/caption.ts";
import { caption } from "../state/composer.ts";
import { model } from "../state/session.ts";

/** Its values are colours. */
const COLOURED = "background";

export function Chips() {
  const attributes = model.value?.attributes ?? [];
  return (
    <div class="chips">
      {attributes.map((attribute) => (
        <Group key={attribute.name} attribute={attribute} />
      ))}
    </div>
  );
}

function Group({ attribute: { name, values } }: { readonly attribute: Attribute }) {
  const current = chosen(caption.value, values);
  const isColoured = name === COLOURED;
  return (
    <fieldset class="chip-group">
      <legend>{name}</legend>
      {values.map((value) => (
        <button
          key={value.name}
          type="button"
          class={isColoured ? "swatch" : "chip"}
          aria-pressed={value === current}
          aria-label={isColoured ? value.name : undefined}
          title={value.phrase}
          style={isColoured ? { "--swatch": `var(--swatch-${value.name}, ${value.name})` } : undefined}
          onClick={() => {
            caption.value = choose(caption.value, value, values);
          }}
        >
          {isColoured ? null : value.name}
        </button>
      ))}
    </fieldset>
  );
}
