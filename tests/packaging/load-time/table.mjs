const YARDSTICK = 'cockatiel';

/** The results as text. */
export function table({ node, arch, rounds, times, sizes }) {
  const yardstick = (format) => times.find((row) => row.name === YARDSTICK && row.format === format);
  const timeRows = times.map(({ name, format, isEmpty, elapsed, cpu }) => [
    name,
    format,
    elapsed.median.toFixed(1),
    `${elapsed.from.toFixed(1)} to ${elapsed.to.toFixed(1)}`,
    isEmpty ? '' : (elapsed.median / yardstick(format).elapsed.median).toFixed(2),
    cpu.median.toFixed(1),
    `${cpu.from.toFixed(1)} to ${cpu.to.toFixed(1)}`,
    isEmpty ? '' : (cpu.median / yardstick(format).cpu.median).toFixed(2),
  ]);
  const sizeRows = Object.entries(sizes).map(([name, { version, packed, unpacked, packages, installed }]) => [
    `${name} ${version}`,
    kilobytes(packed),
    kilobytes(unpacked),
    String(packages),
    kilobytes(installed),
  ]);
  return `Node ${node} ${arch}, ${rounds} rounds, milliseconds over the empty program (for that one: in all)

${lines(['', 'format', 'elapsed', 'middle half', `x ${YARDSTICK}`, 'cpu', 'middle half', `x ${YARDSTICK}`], timeRows)}

Sizes in kB

${lines(['', 'packed', 'unpacked', 'packages in all', 'on disk in all'], sizeRows)}
`;
}

function kilobytes(bytes) {
  return (bytes / 1_000).toFixed(0);
}

function lines(head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ');
  return [head, ...rows].map(line).join('\n');
}
