// The caption: words that the model does not know are underlined, and ones that it knows are completed.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { draw } from "../state/actions.ts";
import { type Completion, complete, mark } from "../state/caption.ts";
import { caption, refusal } from "../state/composer.ts";
import { model } from "../state/session.ts";
import { vocabulary } from "../state/vocabulary.ts";

const ROW = "caption-option-";

export function focusCaption(): void {
  document.querySelector<HTMLTextAreaElement>(".caption textarea")?.focus();
}

export function CaptionBox() {
  const box = useRef<HTMLTextAreaElement>(null);
  const options = useSignal<readonly Completion[]>([]);
  const active = useSignal(-1);
  useEffect(() => box.current!.focus({ preventScroll: true }), []);

  const close = () => {
    options.value = [];
    active.value = -1;
  };
  const suggest = () => {
    const { value, selectionStart, selectionEnd } = box.current!;
    const words = model.value?.words ?? [];
    options.value = selectionStart === selectionEnd ? complete(value, selectionStart, words) : [];
    active.value = -1;
  };
  const pick = ({ text, start, end }: Completion) => {
    caption.value = `${caption.value.slice(0, start)}${text}${caption.value.slice(end)}`;
    close();
    requestAnimationFrame(() => box.current!.setSelectionRange(start + text.length, start + text.length));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const count = options.value.length;
    const chosen = options.value[active.value];
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (chosen) return pick(chosen);
      close();
      return void draw();
    }
    if (count === 0) return;
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      // -1 is the text itself.
      active.value = ((active.value + 1 + step + count + 1) % (count + 1)) - 1;
    } else if (event.key === "Tab" && chosen) {
      event.preventDefault();
      pick(chosen);
    } else if (event.key === "Escape") close();
  };

  const problem = refusal.value?.field === "prompt" ? refusal.value.message : undefined;
  const parts = mark(caption.value, vocabulary.value);
  const unknown = parts.filter((part) => part.unknown).map(({ text }) => text);
  const isOpen = options.value.length > 0;
  return (
    <div class="caption">
      <div class="caption-text">
        <div class="caption-marks" aria-hidden="true">
          {parts.map((part, i) => (part.unknown ? <mark key={i}>{part.text}</mark> : part.text))}
          {/* A textarea shows the line after a final line break; a block does not. */}
          {"\u200b"}
        </div>
        <textarea
          ref={box}
          rows={1}
          maxLength={1000}
          value={caption.value}
          placeholder="Describe a picture"
          aria-label="Caption"
          aria-autocomplete="list"
          aria-controls="caption-options"
          aria-activedescendant={active.value < 0 ? undefined : `${ROW}${active.value}`}
          aria-invalid={problem !== undefined}
          aria-describedby="caption-note"
          spellcheck={false}
          enterkeyhint="send"
          onInput={(event) => {
            caption.value = event.currentTarget.value.replace(/\n/g, " ");
            refusal.value = undefined;
            suggest();
          }}
          onKeyDown={onKeyDown}
          onBlur={close}
        />
      </div>
      <div id="caption-options" role="listbox" aria-label="Completions" hidden={!isOpen}>
        {options.value.map((option, i) => (
          <div
            key={option.text}
            id={`${ROW}${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === active.value}
            onPointerDown={(event) => {
              // The textarea keeps the focus.
              event.preventDefault();
              pick(option);
            }}
          >
            <strong>{option.text.slice(0, option.end - option.start)}</strong>
            {option.text.slice(option.end - option.start)}
          </div>
        ))}
      </div>
      <p id="caption-note" class="caption-note" aria-live="polite">
        {problem ? <span class="problem">{problem}</span> : unknown.length > 0 && unknownNote(unknown)}
      </p>
    </div>
  );
}

function unknownNote(words: readonly string[]): string {
  const named = words.map((word) => `“${word}”`).join(", ");
  return `The model was not trained on ${named}. ${words.length === 1 ? "It is" : "They are"} left out.`;
}
