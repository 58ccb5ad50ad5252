/** Type names of the events that end a job. */
export const TERMINAL_EVENT = /^(Succeeded|Failed|Canceled|Expired)$/;
