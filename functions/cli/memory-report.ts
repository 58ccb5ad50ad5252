// A bundle's memory needs as text.
import type { MemoryReport } from "../../models/host/memory-report.ts";
import { columns } from "./columns.ts";

const PLANS = {
  all: "all networks stay open",
  one: "one network at a time, reopened for every stage",
  none: "not enough; --memory one (UNCLIP_MEMORY=one) opens it anyway",
} as const;

/** A row per network: its size on disk, and its peak memory when it runs alone. */
export function formatNetworks({ networks }: Pick<MemoryReport, "networks">): string[] {
  const rows = networks.map(({ file, disk, peak }) => [file, formatBytes(disk), formatBytes(peak)]);
  return columns([["", "on disk", "in memory"], ...rows]);
}

export function formatMemory({ all, one, available, plan }: Omit<MemoryReport, "networks">): string[] {
  return [
    `${formatBytes(all)} with every network open, ${formatBytes(one)} with one at a time`,
    `${formatBytes(available)} free here: ${PLANS[plan ?? "none"]}`,
  ];
}

export function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
