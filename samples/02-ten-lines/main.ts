import 'toolspan/register';
import { readFile } from 'node:fs/promises';
import { Cached, getMetrics, Retry, Tool } from 'toolspan';

class Files {
  @Tool()
  @Cached('5m')
  @Retry(3)
  async countWords(path: string): Promise<number> {
    return (await readFile(path, 'utf8')).split(/\s+/).length;
  }
}

async function main(): Promise<void> {
  const files = new Files();
  for (let call = 0; call < 3; call += 1) await files.countWords(__filename);
  const { body } = await getMetrics()!.text();
  for (const line of body.split('\n')) if (/^tool_(executions|cache|retry).* [1-9]/.test(line)) console.log(line);
}

void main();
