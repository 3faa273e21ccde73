// A tool that streams, with standard decorators: its policies act until the first chunk, its span lasts until the last one.
import { setTimeout } from 'node:timers/promises';
import { CircuitBreaker, currentCall, Retry, setupObservability, Tool } from 'toolspan';

const ANSWER = 'A span that ends before the first word has told nobody how long the answer took.';

class Model {
  #coldStarts = 1;

  @Tool({ namespace: 'model', description: 'answers a question, word by word' })
  @Retry({ maxRetries: 2, baseDelay: '20ms' })
  @CircuitBreaker()
  async *answer(question: string): AsyncGenerator<string> {
    if (this.#coldStarts-- > 0) throw new Error('the model is loading');
    currentCall()?.setAttribute('question.length', question.length);
    for (const word of ANSWER.split(' ')) {
      await setTimeout(10);
      yield this.shorten(word);
    }
  }

  // Standard decorators take properties as well.
  @Tool({ namespace: 'text' })
  shorten = (word: string): string => word.replace(/[.,]$/, '');
}

async function main(): Promise<void> {
  process.env['OTEL_TRACES_EXPORTER'] ??= 'console';
  const { shutdown } = await setupObservability({ serviceName: 'streams', metricsPort: 0 });
  const model = new Model();
  let words = 0;
  for await (const word of model.answer('When does a stream end?')) {
    process.stdout.write(`${word} `);
    if (++words === 6) break; // who has heard enough stops: that is a success, and ends the span
  }
  console.log();
  await shutdown();
}

void main();
