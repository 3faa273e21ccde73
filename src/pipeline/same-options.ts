/** Whether two sets of options say the same: functions by identity, the rest by content. */
export function sameOptions(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const [first, second] = [one, other].map((options) => Object.entries(options).filter(([, value]) => value !== undefined));
  if (first!.length !== second!.length) return false;
  return first!.every(([name, value]) => sameOptions(value, (other as Record<string, unknown>)[name]));
}
