/**
 * Runs named checks one after the other and says at the end how many there were; a failure ends the process at once. A function,
 * since a program that also compiles to CommonJS has no top-level await.
 */
export function runChecks(checks: Readonly<Record<string, () => unknown>>): void {
  void runInOrder(Object.entries(checks));
}

async function runInOrder(checks: readonly (readonly [name: string, check: () => unknown])[]): Promise<void> {
  for (const [name, check] of checks) {
    try {
      await check();
    } catch (error) {
      console.error(`the check "${name}" failed:`, error);
      process.exit(1);
    }
  }
  console.log(`${checks.length} checks`);
}
