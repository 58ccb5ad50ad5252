// One place in the history: a finished picture, or the preview of one that is being drawn.
import type { Signal } from "@preact/signals";
import type { Picture } from "../api/types.ts";
import { abilities } from "../state/abilities.ts";
import { star } from "../state/actions.ts";
import { addEnd } from "../state/blend.ts";
import { hasEnded, type ShownJob } from "../state/jobs.ts";
import { titleOf } from "../state/requests.ts";
import { openPicture } from "../state/route.ts";
import { download } from "../state/share.ts";
import { IconButton } from "./button.tsx";
import { Icon } from "./icons.tsx";
import { PictureImage } from "./picture-image.tsx";

export function Tile({ job, picture }: { readonly job: ShownJob; readonly picture: Picture }) {
  const title = titleOf(job.request);
  const place = job.pictureCount > 1 ? `, picture ${picture.index + 1} of ${job.pictureCount}` : "";
  return (
    <div class="tile" data-picture={picture.id}>
      <button
        type="button"
        class="tile-open"
        onClick={() => openPicture(picture.id)}
        aria-label={`Open ${title}${place}`}
      >
        <PictureImage job={job.id} url={picture.url} alt={title + place} size={picture.size} />
      </button>
      <div class="tile-tools">
        <IconButton
          icon="star"
          filled={picture.starred}
          label={picture.starred ? "Remove the star" : "Star"}
          aria-pressed={picture.starred}
          onClick={() => void star(picture)}
        />
        {abilities.value.varies && (
          <IconButton
            icon="blend"
            label="Use as an end of an interpolation"
            onClick={() => addEnd({ image: picture.id, url: picture.url, title })}
          />
        )}
        <IconButton
          icon="download"
          label="Download"
          onClick={() => void download(picture, `${title}-${picture.seed}`)}
        />
      </div>
    </div>
  );
}

/** A picture that is not finished: its preview grows sharper as it is drawn. */
export function UnfinishedTile({ job, index }: { readonly job: ShownJob; readonly index: number }) {
  const preview = job.previews.get(index);
  const name = `Picture ${index + 1} of ${job.pictureCount}, ${hasEnded(job) ? "not drawn" : "being drawn"}`;
  return (
    <div class={hasEnded(job) ? "tile missing" : "tile unfinished"} role="img" aria-label={name}>
      {preview !== undefined && <img class="preview" src={preview} alt="" />}
    </div>
  );
}

/** All frames in turn. Somebody who prefers less motion sees the first one. */
export function AnimationTile({ job }: { readonly job: ShownJob }) {
  const [first] = job.pictures;
  if (!job.animation || !first) return null;
  return (
    <div class="tile">
      <button type="button" class="tile-open" aria-label="Open the animation" onClick={() => openPicture(job.id)}>
        <picture>
          <source media="(prefers-reduced-motion: reduce)" srcset={first.url} />
          <img
            src={job.animation.url}
            alt={`Animation: ${titleOf(job.request)}`}
            width={first.size}
            height={first.size}
            loading="lazy"
          />
        </picture>
        <span class="tile-badge">
          <Icon name="play" filled />
        </span>
      </button>
    </div>
  );
}

/** A result of a search. */
export function MatchTile({ job, picture }: { readonly job: Signal<ShownJob>; readonly picture: Picture }) {
  // The job has the current state of the picture, such as its star.
  const current = job.value.pictures.find(({ id }) => id === picture.id);
  return current ? <Tile job={job.value} picture={current} /> : null;
}
