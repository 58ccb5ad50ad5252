// Two requests about one picture: variations of it, and an edit by text.
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Refusal } from "../api/types.ts";
import { submit } from "../state/actions.ts";
import { COUNTS, preset, size } from "../state/composer.ts";
import type { Submission } from "../state/requests.ts";
import { ownPicture } from "../state/uploads.ts";
import { Button } from "./button.tsx";
import { Slider } from "./slider.tsx";

const DEFAULT_STRENGTH = 0.5;
const DEFAULT_AMOUNT = 0.25;

/** Sends a request once at a time; a refusal is shown beside the field that it names. */
function useSubmission() {
  const busy = useSignal(false);
  const refusal = useSignal<Refusal | undefined>(undefined);
  const send = async (submission: Submission) => {
    busy.value = true;
    refusal.value = await submit(submission);
    busy.value = false;
    if (!refusal.value) ownPicture.value = undefined;
  };
  return { busy, refusal, send };
}

export function VariationsForm({ image }: { readonly image: string }) {
  const strength = useSignal(DEFAULT_STRENGTH);
  const { busy, refusal, send } = useSubmission();
  const draw = (count: number) => {
    const input = { image, strength: strength.value, count, size: size.value, preset: preset.value };
    void send({ verb: "variations", input });
  };
  return (
    <section class="picture-form" aria-label="Variations">
      <h3>Variations</h3>
      <Slider
        label="Strength"
        value={strength.value}
        min={0}
        max={1}
        step={0.05}
        ends={["the same picture", "the same idea"]}
        onChange={(value) => {
          strength.value = value;
        }}
      />
      <div class="counts">
        {COUNTS.map((count) => (
          <Button key={count} disabled={busy.value} onClick={() => draw(count)}>
            {count === 1 ? "Draw 1" : `Draw ${count}`}
          </Button>
        ))}
      </div>
      <Problem refusal={refusal.value} />
    </section>
  );
}

export function EditForm({ image, caption = "" }: { readonly image: string; readonly caption: string | undefined }) {
  const id = useId();
  const from = useSignal(caption);
  const to = useSignal("");
  const amount = useSignal(DEFAULT_AMOUNT);
  const { busy, refusal, send } = useSubmission();
  const submitEdit = (event: Event) => {
    event.preventDefault();
    const start = from.value.trim() === "" ? {} : { from: from.value.trim() };
    const options = { amount: amount.value, size: size.value, preset: preset.value };
    void send({ verb: "manipulate", input: { image, ...start, to: to.value.trim(), ...options } });
  };
  return (
    <form class="picture-form" aria-label="Edit by text" onSubmit={submitEdit}>
      <h3>Edit by text</h3>
      <Field
        id={`${id}-from`}
        label="From"
        value={from.value}
        placeholder="what it shows"
        refusal={refusal.value}
        name="from"
        onInput={(value) => {
          from.value = value;
        }}
      />
      <Field
        id={`${id}-to`}
        label="To"
        value={to.value}
        placeholder="what it should show"
        refusal={refusal.value}
        name="to"
        required
        onInput={(value) => {
          to.value = value;
        }}
      />
      <Slider
        label="Amount"
        value={amount.value}
        min={0}
        max={1}
        step={0.05}
        onChange={(value) => {
          amount.value = value;
        }}
      />
      <Button type="submit" icon="edit" disabled={busy.value}>
        Edit
      </Button>
      {!["from", "to"].includes(refusal.value?.field ?? "") && <Problem refusal={refusal.value} />}
    </form>
  );
}

type FieldProps = {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  readonly required?: boolean;
  readonly refusal: Refusal | undefined;
  readonly onInput: (value: string) => void;
};

function Field({ id, name, label, value, placeholder, required = false, refusal, onInput }: FieldProps) {
  const problem = refusal?.field === name ? refusal : undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        maxLength={1000}
        value={value}
        placeholder={placeholder}
        required={required}
        aria-invalid={problem !== undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <Problem refusal={problem} />
    </div>
  );
}

export function Problem({ refusal }: { readonly refusal: Refusal | undefined }) {
  return refusal ? (
    <p class="problem" role="alert">
      {refusal.message}
    </p>
  ) : null;
}
