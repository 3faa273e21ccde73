// Run around every test file. Following calls takes an AsyncLocalStorage, and each that is left on in this process costs every promise of the test
// files that come later.
interface Leftover {
  readonly following?: { readonly carrier: { disable(): void } };
}

afterAll(() => {
  const left = (globalThis as Record<symbol, Leftover | undefined>)[Symbol.for('toolspan.v1')];
  left?.following?.carrier.disable();
});
