import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Picture } from "../api/types.ts";
import { IconButton } from "./button.tsx";

const FRAME_MS = 120;

/** Plays the frames of an interpolation forwards and backwards. A slider shows one of them. */
export function Player({ pictures, title }: { readonly pictures: readonly Picture[]; readonly title: string }) {
  const last = pictures.length - 1;
  const frame = useSignal(0);
  const playing = useSignal(!matchMedia("(prefers-reduced-motion: reduce)").matches);
  const isPlaying = playing.value;
  useEffect(() => {
    if (!isPlaying || last < 1) return;
    let step = 1;
    const timer = setInterval(() => {
      if (frame.value >= last) step = -1;
      if (frame.value <= 0) step = 1;
      frame.value += step;
    }, FRAME_MS);
    return () => clearInterval(timer);
  }, [isPlaying, last]);
  return (
    <div class="player">
      <div class="viewer-picture">
        {pictures.map(({ id, url, size }, i) => (
          <img key={id} src={url} width={size} height={size} alt={i === 0 ? title : ""} hidden={i !== frame.value} />
        ))}
      </div>
      <div class="player-controls">
        <IconButton
          icon={isPlaying ? "pause" : "play"}
          filled={!isPlaying}
          label={isPlaying ? "Pause" : "Play"}
          onClick={() => {
            playing.value = !isPlaying;
          }}
        />
        <input
          type="range"
          aria-label="Frame"
          min={0}
          max={last}
          value={frame.value}
          aria-valuetext={`Frame ${frame.value + 1} of ${pictures.length}`}
          onInput={(event) => {
            playing.value = false;
            frame.value = event.currentTarget.valueAsNumber;
          }}
        />
      </div>
    </div>
  );
}
