import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icons.tsx";

type Props = {
  readonly icon: IconName;
  /** Replaces the text after the first click. */
  readonly question: string;
  readonly onConfirm: () => void;
  readonly class?: string;
  /** The name, where `children` is not shown. */
  readonly label?: string;
  readonly children?: ComponentChildren;
};

/** A button for what cannot be undone: the first click asks, the second one does it. */
export function ConfirmButton({ icon, question, onConfirm, class: name = "button", label, children }: Props) {
  const asks = useSignal(false);
  return (
    <button
      type="button"
      class={asks.value ? "button question" : name}
      aria-label={asks.value ? undefined : label}
      title={asks.value ? undefined : label}
      onBlur={() => {
        asks.value = false;
      }}
      onClick={() => {
        if (asks.value) onConfirm();
        asks.value = !asks.value;
      }}
    >
      <Icon name={icon} />
      {asks.value ? <span>{question}</span> : children && <span>{children}</span>}
    </button>
  );
}
