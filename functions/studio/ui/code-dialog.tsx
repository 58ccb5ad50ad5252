import { useSignal } from "@preact/signals";
import { STREAM_URL } from "../api/client.ts";
import type { Verb } from "../api/documents.ts";
import { LANGUAGES, snippet } from "../code/languages.ts";
import { shownCode } from "../state/route.ts";
import { hasKey } from "../state/session.ts";
import { copy } from "../state/share.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

const close = () => {
  shownCode.value = undefined;
};

/** The same request in several languages. */
export function CodeDialog() {
  const chosen = useSignal<string>(LANGUAGES[0].id);
  const submission = shownCode.value;
  if (!submission) return null;
  const languages = LANGUAGES.filter(({ verbs }) => (verbs as readonly Verb[]).includes(submission.verb));
  const language = languages.find(({ id }) => id === chosen.value) ?? languages[0]!;
  const place = { origin: location.origin, streamUrl: STREAM_URL.href, hasKey: hasKey.value };
  const text = snippet(language.id, submission, place);
  return (
    <Dialog class="code" label="This request as code" onClose={close}>
      <h2>This request as code</h2>
      <div class="tabs" role="tablist" aria-label="Language">
        {languages.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            aria-selected={id === language.id}
            aria-controls="code-text"
            onClick={() => {
              chosen.value = id;
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <div id="code-text" role="tabpanel" aria-labelledby={`tab-${language.id}`}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled area is reached by keyboard */}
        <pre tabIndex={0}>
          <code>{text}</code>
        </pre>
      </div>
      <div class="code-foot">
        <p>{language.needs}</p>
        <Button icon="copy" onClick={() => void copy(text, "Code copied.")}>
          Copy
        </Button>
      </div>
    </Dialog>
  );
}
