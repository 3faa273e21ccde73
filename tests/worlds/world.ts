/** What a body may know of the world that it was compiled for; `worlds.test.ts` hands it in. */
export declare const world: World;

export interface World {
  /** The compiler's name: for tool names that no other world has. */
  readonly name: string;
  readonly isStandard: boolean;
  /** What the library wrote on stderr during this test. */
  warnings(): string[];
}
