import { renew } from "../state/load-job.ts";

type Props = {
  readonly job: string;
  readonly url: string;
  readonly alt: string;
  /** Pixels on a side; reserves the place before the file is there. */
  readonly size: number;
  readonly eager?: boolean;
};

/** A finished picture. Its URL expires, so one that cannot be loaded is asked for again, once. */
export function PictureImage({ job, url, alt, size, eager = false }: Props) {
  return (
    <img
      src={url}
      alt={alt}
      width={size}
      height={size}
      loading={eager ? "eager" : "lazy"}
      decoding="async"
      draggable={false}
      onError={() => void renew(job, url)}
    />
  );
}
