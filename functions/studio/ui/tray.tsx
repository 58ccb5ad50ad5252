// The tray at the bottom: the ends of the next interpolation, in order.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Refusal } from "../api/types.ts";
import { abilities } from "../state/abilities.ts";
import { blend, blended } from "../state/actions.ts";
import {
  addEnd,
  changeCaption,
  clearEnds,
  type End,
  ends,
  frames,
  MAX_ENDS,
  MIN_ENDS,
  moveEnd,
  removeEnd,
} from "../state/blend.ts";
import { findPicture } from "../state/jobs.ts";
import { shownCode } from "../state/route.ts";
import { Button, IconButton } from "./button.tsx";
import { Problem } from "./picture-forms.tsx";
import { Slider } from "./slider.tsx";

const MAX_FRAMES = 60;

export function Tray() {
  const refusal = useSignal<Refusal | undefined>(undefined);
  const busy = useSignal(false);
  if (ends.value.length === 0) return null;
  const missing = MIN_ENDS - ends.value.length;
  const start = async () => {
    busy.value = true;
    refusal.value = await blend();
    busy.value = false;
  };
  return (
    <section class="tray" aria-label="Interpolation">
      <Slots />
      <div class="tray-controls">
        <Slider
          label="Frames"
          value={frames.value}
          min={Math.max(MIN_ENDS, ends.value.length)}
          max={MAX_FRAMES}
          step={1}
          onChange={(value) => {
            frames.value = value;
          }}
        />
        <div class="tray-buttons">
          <IconButton
            icon="code"
            label="Show this request as code"
            disabled={missing > 0}
            onClick={() => {
              shownCode.value = blended();
            }}
          />
          <IconButton icon="close" label="Empty the tray" onClick={clearEnds} />
          <Button primary disabled={missing > 0 || busy.value} onClick={() => void start()}>
            Interpolate
          </Button>
        </div>
        {missing > 0 && <p class="tray-hint">Add another picture{abilities.value.draws && " or a caption"}.</p>}
        <Problem refusal={refusal.value} />
      </div>
    </section>
  );
}

function Slots() {
  const list = useRef<HTMLOListElement>(null);
  const dragged = useSignal(-1);

  /** Moves the dragged slot to where the pointer is. */
  const onPointerMove = (event: PointerEvent) => {
    if (dragged.value < 0) return;
    const slots = [...list.current!.querySelectorAll<HTMLElement>(".slot")];
    const to = slots.findIndex((slot) => {
      const { left, right } = slot.getBoundingClientRect();
      return event.clientX >= left && event.clientX <= right;
    });
    if (to < 0 || to === dragged.value) return;
    moveEnd(dragged.value, to);
    dragged.value = to;
  };
  const onKeyDown = (at: number) => (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement) return;
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      moveEnd(at, at + step);
      requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>(".slot-handle")[at + step]?.focus());
    } else if (event.key === "Delete" || event.key === "Backspace") removeEnd(at);
  };
  return (
    <ol
      ref={list}
      class="slots"
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        dragged.value = -1;
      }}
    >
      {ends.value.map((end, at) => (
        <li key={keyOf(end, at)} class={dragged.value === at ? "slot dragged" : "slot"}>
          <button
            type="button"
            class="slot-handle"
            aria-label={`End ${at + 1}: ${nameOf(end)}. The arrow keys move it, Delete removes it.`}
            onKeyDown={onKeyDown(at)}
            onPointerDown={(event) => {
              dragged.value = at;
              list.current!.setPointerCapture(event.pointerId);
            }}
          >
            {"image" in end ? (
              <img src={findPicture(end.image)?.url ?? end.url} alt="" width={72} height={72} draggable={false} />
            ) : (
              <span aria-hidden="true">“ ”</span>
            )}
          </button>
          {"prompt" in end && (
            <input
              type="text"
              class="slot-caption"
              aria-label={`Caption of end ${at + 1}`}
              placeholder="a caption"
              value={end.prompt}
              onInput={(event) => changeCaption(at, event.currentTarget.value)}
            />
          )}
          <IconButton icon="close" label={`Remove end ${at + 1}`} class="slot-remove" onClick={() => removeEnd(at)} />
        </li>
      ))}
      {ends.value.length < MAX_ENDS && abilities.value.draws && (
        <li class="slot-add">
          <button type="button" onClick={() => addEnd({ prompt: "" })}>
            Add a caption
          </button>
        </li>
      )}
    </ol>
  );
}

const nameOf = (end: End) => ("image" in end ? end.title : end.prompt || "an empty caption");
/** A caption being typed keeps its place; a picture moves with its slot. */
const keyOf = (end: End, at: number) => ("image" in end ? `${end.image}/${at}` : `caption/${at}`);
