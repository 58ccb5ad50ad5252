// The side of the viewer: what the picture is, and what can be made of it.
import type { Picture, SourceImage } from "../api/types.ts";
import { abilities } from "../state/abilities.ts";
import { removeJob, removePicture, star, submit } from "../state/actions.ts";
import { addEnd } from "../state/blend.ts";
import { reuse } from "../state/composer.ts";
import { likePicture } from "../state/feed.ts";
import type { ShownJob } from "../state/jobs.ts";
import { notify } from "../state/notices.ts";
import { captionOf, submissionOf, upscale } from "../state/requests.ts";
import { closePicture, openPicture, shownCode } from "../state/route.ts";
import { model } from "../state/session.ts";
import { copyLink, download } from "../state/share.ts";
import { ownPicture } from "../state/uploads.ts";
import { Button } from "./button.tsx";
import { focusCaption } from "./caption-box.tsx";
import { ConfirmButton } from "./confirm-button.tsx";
import { EditForm, VariationsForm } from "./picture-forms.tsx";
import type { Subject } from "./subject.ts";
import { sinceText } from "./texts.ts";

export function ViewerPanel({ subject }: { readonly subject: Subject }) {
  const { varies, edits } = abilities.value;
  return (
    <div class="panel">
      <h2>{subject.title}</h2>
      {subject.kind === "drawn" && <Facts job={subject.job} picture={subject.picture} />}
      {subject.kind !== "own" && <Sources job={subject.job} />}
      {subject.kind !== "animation" && (
        <>
          {varies && <VariationsForm image={subject.id} />}
          {edits && (
            <EditForm image={subject.id} caption={subject.kind === "drawn" ? captionOf(subject.job.request) : ""} />
          )}
        </>
      )}
      <div class="panel-actions">
        {subject.kind === "animation" && <AnimationActions job={subject.job} title={subject.title} />}
        {subject.kind !== "animation" && varies && <Interpolate subject={subject} />}
        {subject.kind === "drawn" && <DrawnActions job={subject.job} picture={subject.picture} title={subject.title} />}
      </div>
    </div>
  );
}

function Facts({ job: { request, createdAt }, picture }: { readonly job: ShownJob; readonly picture: Picture }) {
  const facts: readonly (readonly [string, string | number])[] = [
    ["Seed", picture.seed],
    ["Size", `${picture.size} px`],
    ["Quality", request.preset.toLowerCase()],
    ...(picture.score === null ? [] : [["Match", picture.score.toFixed(2)] as const]),
    ["Drawn", sinceText(createdAt)],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The pictures that it was made from. */
function Sources({ job: { request } }: { readonly job: ShownJob }) {
  const images =
    "image" in request ? [request.image] : "between" in request ? request.between.map(({ image }) => image) : [];
  const sources = images.filter((image): image is SourceImage => image !== null);
  if (sources.length === 0) return null;
  return (
    <div class="sources">
      <h3>Made from</h3>
      <ul>
        {sources.map(({ id, url, __typename }) => (
          <li key={url}>
            <button
              type="button"
              aria-label={__typename === "Upload" ? "Open your picture" : "Open the picture it was made from"}
              onClick={() => {
                if (__typename === "Picture") openPicture(id!);
                else ownPicture.value = { id: id!, url, name: "Your picture" };
              }}
            >
              <img src={url} alt="" width={56} height={56} loading="lazy" />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Interpolate({ subject: { id, url, title } }: { readonly subject: Exclude<Subject, { kind: "animation" }> }) {
  return (
    <Button
      icon="blend"
      onClick={() => {
        if (addEnd({ image: id, url, title })) closeAll();
      }}
    >
      Interpolate
    </Button>
  );
}

type Drawn = { readonly job: ShownJob; readonly picture: Picture; readonly title: string };

function DrawnActions({ job, picture, title }: Drawn) {
  const sizes = model.value?.sizes ?? [];
  const larger = upscale(job, picture, sizes);
  const canGrow = (larger.input.size ?? 0) > picture.size;
  return (
    <>
      <Button
        icon="search"
        onClick={() => {
          likePicture.value = picture;
          closeAll();
        }}
      >
        Find similar
      </Button>
      {canGrow && (
        <Button
          icon="larger"
          onClick={() => void submit(larger).then((problem) => problem && notify(problem.message, "error"))}
        >
          Upscale
        </Button>
      )}
      <Button
        icon="star"
        filled={picture.starred}
        aria-pressed={picture.starred}
        class={picture.starred ? "button on" : "button"}
        onClick={() => void star(picture)}
      >
        {picture.starred ? "Starred" : "Star"}
      </Button>
      <Button icon="download" onClick={() => void download(picture, `${title}-${picture.seed}`)}>
        Download
      </Button>
      <Button icon="link" onClick={() => void copyLink(picture)}>
        Copy link
      </Button>
      {captionOf(job.request) && (
        <Button
          icon="reuse"
          onClick={() => {
            reuse(job.request, picture.seed);
            closePicture();
            focusCaption();
          }}
        >
          Reuse
        </Button>
      )}
      <Code job={job} />
      <ConfirmButton icon="delete" question="Delete for good?" onConfirm={() => void removePicture(picture)}>
        Delete
      </ConfirmButton>
    </>
  );
}

function AnimationActions({ job, title }: { readonly job: ShownJob; readonly title: string }) {
  return (
    <>
      <Button icon="download" onClick={() => void download(job.animation!, title)}>
        Download
      </Button>
      <Code job={job} />
      <ConfirmButton
        icon="delete"
        question="Delete for good?"
        onConfirm={() => {
          closePicture();
          void removeJob(job.id);
        }}
      >
        Delete
      </ConfirmButton>
    </>
  );
}

function Code({ job }: { readonly job: ShownJob }) {
  return (
    <Button
      icon="code"
      onClick={() => {
        shownCode.value = submissionOf(job.request);
      }}
    >
      Code
    </Button>
  );
}

function closeAll(): void {
  ownPicture.value = undefined;
  closePicture();
}
