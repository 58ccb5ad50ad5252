// What a bundle needs of a machine, as lines for a person.
import type { MemoryReport } from "../../models/host/memory-report.ts";
import { columns } from "./columns.ts";

const PLANS = {
  all: "every network stays open",
  one: "one network at a time, opened anew for every stage",
  none: "too little; --memory one (UNCLIP_MEMORY=one) opens it all the same",
} as const;

/** A row for every network, with the files beside it, and the most that it takes alone. */
export function networksOf({ networks }: Pick<MemoryReport, "networks">): string[] {
  const rows = networks.map(({ file, disk, peak }) => [file, sizeOf(disk), sizeOf(peak)]);
  return columns([["", "on disk", "in memory"], ...rows]);
}

export function memoryOf({ all, one, available, plan }: Omit<MemoryReport, "networks">): string[] {
  return [
    `${sizeOf(all)} with every network open, ${sizeOf(one)} with one at a time`,
    `${sizeOf(available)} free here: ${PLANS[plan ?? "none"]}`,
  ];
}

export function sizeOf(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
