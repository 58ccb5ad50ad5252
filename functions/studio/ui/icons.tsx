// Line icons, 20 x 20. They are decoration: the control around an icon has the name.
const PATHS = {
  blend: "M7.5 5.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM12.5 5.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z",
  edit: "M4 5h12M10 5v10M7.5 15h5",
  larger: "M11.5 3.5h5v5M16.5 3.5l-6 6M8.5 16.5h-5v-5M3.5 16.5l6-6",
  download: "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
  link: "M8.5 11.5a3.2 3.2 0 0 0 4.6 0l2.4-2.4a3.2 3.2 0 0 0-4.6-4.6l-1 1M11.5 8.5a3.2 3.2 0 0 0-4.6 0l-2.4 2.4a3.2 3.2 0 0 0 4.6 4.6l1-1",
  reuse: "M4 10a6 6 0 0 1 10.5-4L16.5 8M16.5 3.8V8h-4.2M16 10a6 6 0 0 1-10.5 4L3.5 12M3.5 16.2V12h4.2",
  star: "M10 3.2l2.1 4.3 4.7.7-3.4 3.3.8 4.7L10 14l-4.2 2.2.8-4.7L3.2 8.2l4.7-.7z",
  delete: "M4 5.5h12M8 5.5v-2h4v2M5.5 5.5l.7 11h7.6l.7-11M8.5 8.5v5M11.5 8.5v5",
  code: "M7 6l-4 4 4 4M13 6l4 4-4 4",
  close: "M5 5l10 10M15 5L5 15",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  unlock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 5.8-1",
  picture: "M3.5 4h13v12h-13zM3.5 13l3.8-3.8 3.2 3.2 2-2 4 4M13 7.5h.01",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l3.8 3.8",
  key: "M12.5 11.5a4 4 0 1 0-3.7-2.5L3.5 14.3v2.2h3V14.5h2v-2l1-1",
  previous: "M12 4.5L6.5 10l5.5 5.5",
  next: "M8 4.5l5.5 5.5L8 15.5",
  play: "M6.5 4.5v11l9-5.5z",
  pause: "M7 4.5v11M13 4.5v11",
  copy: "M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7",
  stop: "M5.5 5.5h9v9h-9z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, filled = false }: { readonly name: IconName; readonly filled?: boolean }) {
  return (
    <svg class={filled ? "icon filled" : "icon"} viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
