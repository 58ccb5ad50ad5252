import { useRef } from "preact/hooks";
import type { Preset } from "../api/types.ts";
import { abilities } from "../state/abilities.ts";
import { composed, draw } from "../state/actions.ts";
import {
  COUNTS,
  count,
  PRESETS,
  preset,
  refusal,
  seed,
  seedIsValid,
  seedLocked,
  setSize,
  size,
  toggleSeedLock,
} from "../state/composer.ts";
import { shownCode } from "../state/route.ts";
import { model } from "../state/session.ts";
import { ACCEPTED, upload, uploading } from "../state/uploads.ts";
import { Button, IconButton } from "./button.tsx";
import { CaptionBox } from "./caption-box.tsx";
import { Chips } from "./chips.tsx";

const PRESET_NAMES: Readonly<Record<Preset, string>> = { DRAFT: "Draft", STANDARD: "Standard", BEST: "Best" };

export function Composer() {
  const file = useRef<HTMLInputElement>(null);
  const { field, message } = refusal.value ?? {};
  const { draws, varies } = abilities.value;
  return (
    <form
      class="composer"
      aria-label="New pictures"
      onSubmit={(event) => {
        event.preventDefault();
        void draw();
      }}
    >
      <div class="composer-box">
        {draws ? (
          <CaptionBox />
        ) : (
          <p class="caption">This model draws from pictures only. Use a picture of your own, or one that was drawn.</p>
        )}
        <div class="controls">
          {draws && <Counts />}
          <Select
            label="Size"
            value={size.value}
            options={(model.value?.sizes ?? [size.value]).map((each) => [each, `${each} px`])}
            onChange={(value) => setSize(Number(value))}
            invalid={field === "size"}
          />
          <Select
            label="Quality"
            value={preset.value}
            options={PRESETS.map((each) => [each, PRESET_NAMES[each]])}
            onChange={(value) => {
              preset.value = value as Preset;
            }}
            invalid={field === "preset"}
          />
          {draws && <Seed invalid={field === "seed"} />}
          <span class="controls-gap" />
          {varies && (
            <IconButton
              icon="picture"
              label={uploading.value ? "Sending the picture" : "Use a picture of your own"}
              disabled={uploading.value}
              onClick={() => file.current!.click()}
            />
          )}
          <input
            ref={file}
            type="file"
            hidden
            accept={ACCEPTED.join(",")}
            aria-label="Picture file"
            onChange={(event) => {
              const [chosen] = event.currentTarget.files ?? [];
              event.currentTarget.value = "";
              if (chosen) void upload(chosen);
            }}
          />
          {draws && (
            <>
              <IconButton
                icon="code"
                label="Show this request as code"
                onClick={() => {
                  shownCode.value = composed();
                }}
              />
              <Button primary type="submit">
                Draw
              </Button>
            </>
          )}
        </div>
      </div>
      {message !== undefined && field !== "prompt" && (
        <p class="problem" role="alert">
          {message}
        </p>
      )}
      {draws && <Chips />}
    </form>
  );
}

function Counts() {
  return (
    <fieldset class="segments">
      <legend class="hidden">Number of pictures</legend>
      {COUNTS.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name="count"
            value={each}
            checked={count.value === each}
            onChange={() => {
              count.value = each;
            }}
          />
          <span>{each}</span>
        </label>
      ))}
    </fieldset>
  );
}

type SelectProps = {
  readonly label: string;
  readonly value: string | number;
  readonly options: readonly (readonly [string | number, string])[];
  readonly invalid: boolean;
  readonly onChange: (value: string) => void;
};

function Select({ label, value, options, invalid, onChange }: SelectProps) {
  return (
    <select
      class="select"
      aria-label={label}
      title={label}
      aria-invalid={invalid}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {options.map(([option, name]) => (
        <option key={option} value={option}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Seed({ invalid }: { readonly invalid: boolean }) {
  const isInvalid = invalid || !seedIsValid.value;
  return (
    <span class="seed">
      <input
        type="text"
        inputMode="numeric"
        size={10}
        placeholder="Seed"
        aria-label="Seed"
        title={isInvalid ? "A whole number from 0 to 4294967295" : "Random unless a number is given"}
        aria-invalid={isInvalid}
        value={seed.value}
        onInput={(event) => {
          seed.value = event.currentTarget.value.trim();
        }}
      />
      <IconButton
        icon={seedLocked.value ? "lock" : "unlock"}
        label="Keep this seed for the next pictures"
        aria-pressed={seedLocked.value}
        onClick={toggleSeedLock}
      />
    </span>
  );
}
