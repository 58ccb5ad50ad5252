// The history: an endless grid, newest first, or the results of a search.
import { useEffect, useRef } from "preact/hooks";
import type { JobKind } from "../api/types.ts";
import { abilities } from "../state/abilities.ts";
import { caption } from "../state/composer.ts";
import {
  hasMore,
  isFiltered,
  kind,
  likePicture,
  loading,
  loadMore,
  matches,
  searchText,
  shownJobs,
  starredOnly,
} from "../state/feed.ts";
import { findJob } from "../state/jobs.ts";
import { model } from "../state/session.ts";
import { IconButton } from "./button.tsx";
import { focusCaption } from "./caption-box.tsx";
import { Icon } from "./icons.tsx";
import { JobPictures } from "./job-pictures.tsx";
import { MatchTile } from "./tile.tsx";

/** Each with the ability that it needs. */
const KINDS: readonly (readonly [kind: JobKind | "", name: string, needs?: keyof typeof abilities.value])[] = [
  ["", "Everything"],
  ["GENERATE", "Drawn", "draws"],
  ["VARIATIONS", "Variations", "varies"],
  ["INTERPOLATE", "Interpolations"],
  ["MANIPULATE", "Edits", "edits"],
  ["RECONSTRUCT", "Reconstructions", "reconstructs"],
];

export function Feed() {
  const found = matches.value;
  return (
    <section class="feed" aria-labelledby="feed-title">
      <h2 id="feed-title" class="hidden">
        Pictures
      </h2>
      <Filters />
      <div class="grid" aria-busy={loading.value}>
        {found
          ? found.map(({ picture, job }) => {
              const known = findJob(job);
              return known && <MatchTile key={picture.id} job={known} picture={picture} />;
            })
          : shownJobs.value.map((id) => {
              const job = findJob(id);
              return job && <JobPictures key={id} job={job} />;
            })}
      </div>
      <Empty />
      <End />
    </section>
  );
}

function Filters() {
  return (
    <search class="filters">
      <div class="search">
        <Icon name="search" />
        {likePicture.value ? (
          <span class="search-picture">
            <img src={likePicture.value.url} alt="" width={28} height={28} />
            Pictures like this one
          </span>
        ) : (
          abilities.value.searches && (
            <input
              type="search"
              placeholder="Search your pictures"
              aria-label="Search your pictures"
              value={searchText.value}
              onInput={(event) => {
                searchText.value = event.currentTarget.value;
              }}
            />
          )
        )}
        {likePicture.value && (
          <IconButton
            icon="close"
            label="End the search"
            onClick={() => {
              likePicture.value = undefined;
            }}
          />
        )}
      </div>
      <select
        class="select"
        aria-label="Kind"
        value={kind.value ?? ""}
        disabled={matches.value !== undefined}
        onChange={(event) => {
          kind.value = (event.currentTarget.value || undefined) as JobKind | undefined;
        }}
      >
        {KINDS.filter(([, , needs]) => needs === undefined || abilities.value[needs]).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <IconButton
        icon="star"
        filled={starredOnly.value}
        label="Only starred pictures"
        aria-pressed={starredOnly.value}
        disabled={matches.value !== undefined}
        onClick={() => {
          starredOnly.value = !starredOnly.value;
        }}
      />
    </search>
  );
}

/** Says why nothing is shown, and where to begin. */
function Empty() {
  const shown = matches.value ?? shownJobs.value;
  if (loading.value || shown.length > 0 || !model.value) return null;
  if (matches.value) return <p class="empty">No picture was found. Only pictures of the last days are searched.</p>;
  if (isFiltered.value) return <p class="empty">There are no such pictures.</p>;
  const examples = abilities.value.draws ? EXAMPLES : [];
  return (
    <div class="empty">
      <p>Your pictures will appear here.{examples.length > 0 && " Try one of these:"}</p>
      <div class="examples">
        {examples.map((text) => (
          <button
            key={text}
            type="button"
            class="chip"
            onClick={() => {
              caption.value = text;
              focusCaption();
            }}
          >
            {text}
          </button>
        ))}
      </div>
    </div>
  );
}

const EXAMPLES = [
  "a red apple in flat style on a teal background",
  "a rocket in noto style on a purple background",
  "a cat above a drum",
  "a tulip on a yellow background",
];

/** Loads the next page before its place is reached. */
function End() {
  const end = useRef<HTMLDivElement>(null);
  const more = hasMore.value;
  useEffect(() => {
    if (!more) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void loadMore();
      },
      { rootMargin: "800px" },
    );
    observer.observe(end.current!);
    return () => observer.disconnect();
    // A page that does not fill the window leaves the end in view, so it is observed anew after each page.
  }, [more, shownJobs.value.length]);
  return (
    <div ref={end} class="feed-end" aria-live="polite">
      {loading.value && shownJobs.value.length > 0 ? "Loading" : ""}
    </div>
  );
}
