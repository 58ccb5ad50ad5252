import { useSignal } from "@preact/signals";
import { keyProblem, useKey } from "../state/session.ts";
import { Button } from "./button.tsx";

/** Asks for an API key. */
export function KeyForm() {
  const entered = useSignal("");
  const busy = useSignal(false);
  const submit = async () => {
    busy.value = true;
    await useKey(entered.value);
    busy.value = false;
  };
  return (
    <main class="key">
      <form
        class="key-form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h2>API key</h2>
        <p>This server needs a key. It stays in this tab and is forgotten when the tab is closed.</p>
        <label for="key">Key</label>
        <input
          id="key"
          type="password"
          autocomplete="off"
          required
          autofocus
          placeholder="unclip_…"
          aria-invalid={keyProblem.value !== ""}
          aria-describedby="key-problem"
          value={entered.value}
          onInput={(event) => {
            entered.value = event.currentTarget.value;
          }}
        />
        <p id="key-problem" class="problem" role="alert">
          {keyProblem.value}
        </p>
        <Button primary type="submit" disabled={busy.value}>
          Open the studio
        </Button>
        <p class="key-hint">
          <code>unclip keys create NAME</code> creates one.
        </p>
      </form>
    </main>
  );
}
