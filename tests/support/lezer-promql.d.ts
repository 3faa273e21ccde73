/** What we use of Prometheus's own grammar: its types are written for ES modules only, it itself is not. */
declare module '@prometheus-io/lezer-promql' {
  interface SyntaxNode {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly type: { readonly isError: boolean };
  }

  export const parser: { parse(text: string): { iterate(visitor: { enter(node: SyntaxNode): void }): void } };
}
