import type { Placeable } from './panels.js';

/** Panels that belong together. */
export interface Row {
  readonly id: number;
  readonly title: string;
  /** In units of Grafana's grid, which is 24 wide. */
  readonly height: number;
  readonly panels: readonly { readonly width: number; readonly panel: Placeable }[];
}

/** A row in which all panels are equally wide. */
export function row(id: number, title: string, height: number, ...panels: readonly Placeable[]): Row {
  const perLine = Math.min(panels.length, height <= 4 ? panels.length : 3);
  return { id, title, height, panels: panels.map((panel) => ({ width: Math.floor(24 / perLine), panel })) };
}
