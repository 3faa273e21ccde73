/** A list that does not keep its members alive. */
export class WeakList<T extends object> {
  readonly #references = new Set<WeakRef<T>>();
  readonly #gone = new FinalizationRegistry<WeakRef<T>>((reference) => this.#references.delete(reference));
  #additions = 0;

  /** Grows with every member; tells who remembers it whether there is news. */
  get additions(): number {
    return this.#additions;
  }

  add(member: T): void {
    const reference = new WeakRef(member);
    this.#additions += 1;
    this.#references.add(reference);
    this.#gone.register(member, reference);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const reference of this.#references) {
      const member = reference.deref();
      if (member) yield member;
    }
  }
}
