type Version = readonly [major: number, minor: number, patch: number];

/**
 * Whether a version lies in a range as package.json has them: comparisons, `^`, `~`, `x` and `||`. `undefined` for a range that
 * is none of that; what comes after a hyphen in a version does not count.
 */
export function satisfies(version: string, range: string): boolean | undefined {
  const given = parse(version);
  if (!given) return undefined;
  const answers = range.split('||').map((part) => meetsAll(given, part.trim()));
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

function meetsAll(version: Version, part: string): boolean | undefined {
  const comparators = part.replace(/([<>=^~])\s+/g, '$1').split(/\s+/);
  const answers = comparators.map((comparator) => meets(version, comparator));
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function meets(version: Version, comparator: string): boolean | undefined {
  if (comparator === '' || comparator === '*' || comparator === 'x') return true;
  const match = /^(>=|<=|>|<|=|\^|~)?v?(\d+)(?:\.(\d+|x|\*))?(?:\.(\d+|x|\*))?(?:[-+].*)?$/.exec(comparator);
  if (!match) return undefined;
  const [, operator = '', ...texts] = match;
  const numbers = texts.filter((text) => text !== undefined && /^\d+$/.test(text)).map(Number);
  const least: Version = [numbers[0]!, numbers[1] ?? 0, numbers[2] ?? 0];
  return compareWith(version, operator, least, numbers.length);
}

function compareWith(version: Version, operator: string, least: Version, places: number): boolean {
  const order = compare(version, least);
  switch (operator) {
    case '>=':
      return order >= 0;
    case '>':
      return places < 3 ? compare(version, next(least, places)) >= 0 : order > 0;
    case '<':
      return order < 0;
    case '<=':
      return places < 3 ? compare(version, next(least, places)) < 0 : order <= 0;
    default:
      return order >= 0 && compare(version, next(least, span(operator, least, places))) < 0;
  }
}

/** How many of the numbers must be the same. */
function span(operator: string, [major, minor]: Version, places: number): number {
  if (operator === '~') return Math.min(places, 2);
  if (operator !== '^') return places;
  if (major > 0 || places === 1) return 1;
  return minor > 0 || places === 2 ? 2 : 3;
}

/** The first version in which one of the first numbers is another. */
function next([major, minor, patch]: Version, places: number): Version {
  if (places === 1) return [major + 1, 0, 0];
  return places === 2 ? [major, minor + 1, 0] : [major, minor, patch + 1];
}

function compare(left: Version, right: Version): number {
  const place = left.findIndex((number, index) => number !== right[index]);
  return place < 0 ? 0 : left[place]! - right[place]!;
}

function parse(version: string): Version | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}
