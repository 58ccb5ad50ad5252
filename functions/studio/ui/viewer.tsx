// One picture, large, with everything that can be done with it.
import { useEffect } from "preact/hooks";
import { star } from "../state/actions.ts";
import { closePicture, openPicture } from "../state/route.ts";
import { ownPicture } from "../state/uploads.ts";
import { IconButton } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { PictureImage } from "./picture-image.tsx";
import { Player } from "./player.tsx";
import { openSubject, type Subject } from "./subject.ts";
import { ViewerPanel } from "./viewer-panel.tsx";

function close(): void {
  if (ownPicture.peek()) ownPicture.value = undefined;
  else closePicture();
}

export function Viewer() {
  const subject = openSubject();
  if (!subject) return null;
  return (
    <Dialog class="viewer" label={subject.title} onClose={close}>
      <div class="viewer-stage">
        <Stage subject={subject} />
        <Siblings subject={subject} />
      </div>
      <ViewerPanel subject={subject} key={subject.kind === "animation" ? subject.job.id : subject.id} />
    </Dialog>
  );
}

function Stage({ subject }: { readonly subject: Subject }) {
  if (subject.kind === "animation") return <Player pictures={subject.job.pictures} title={subject.title} />;
  if (subject.kind === "own") return <img class="viewer-picture" src={subject.url} alt={subject.title} />;
  const { job, picture, title } = subject;
  return (
    <div class="viewer-picture">
      <PictureImage eager job={job.id} url={picture.url} alt={title} size={picture.size} />
    </div>
  );
}

/** The other pictures of the job, by thumbnail and by arrow key. */
function Siblings({ subject }: { readonly subject: Subject }) {
  const pictures = subject.kind === "drawn" ? subject.job.pictures : [];
  const at = subject.kind === "drawn" ? pictures.indexOf(subject.picture) : -1;
  const picture = pictures[at];
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLElement && event.target.matches("input, textarea, select")) return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };
      const next = pictures[at + (steps[event.key] ?? Number.NaN)];
      if (next) openPicture(next.id);
      if (event.key === "s" && picture) void star(picture);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [pictures, at]);
  if (subject.kind !== "drawn" || pictures.length < 2) return null;
  const step = (by: number) => () => openPicture(pictures[at + by]!.id);
  return (
    <nav class="siblings" aria-label="Pictures of this request">
      <IconButton icon="previous" label="Previous picture" disabled={at === 0} onClick={step(-1)} />
      <ul>
        {pictures.map((each) => (
          <li key={each.id}>
            <button
              type="button"
              aria-label={`Picture ${each.index + 1}`}
              aria-current={each.id === subject.id}
              onClick={() => openPicture(each.id)}
            >
              <img src={each.url} alt="" width={44} height={44} />
            </button>
          </li>
        ))}
      </ul>
      <IconButton icon="next" label="Next picture" disabled={at === pictures.length - 1} onClick={step(1)} />
    </nav>
  );
}
