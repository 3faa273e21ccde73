import { stderrLogger, warn } from '../../src/core/logger.js';

describe('warn', () => {
  let stderr: jest.SpyInstance;
  beforeEach(() => void (stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true)));
  afterEach(() => stderr.mockRestore());

  it('says it to the logger and nobody else', () => {
    const logger = { warn: jest.fn() };
    warn(logger, 'port taken');
    expect(logger.warn).toHaveBeenCalledWith('port taken');
    expect(stderr).not.toHaveBeenCalled();
  });

  it('calls the logger as its method', () => {
    class Sink {
      readonly lines: string[] = [];
      warn(message: string): void {
        this.lines.push(message);
      }
    }
    const sink = new Sink();
    warn(sink, 'port taken');
    expect(sink.lines).toEqual(['port taken']);
  });

  it('says it on stderr where the logger throws', () => {
    const logger = {
      warn: () => {
        throw new Error('disk full');
      },
    };
    expect(() => warn(logger, 'port taken')).not.toThrow();
    expect(stderr).toHaveBeenCalledWith('[toolspan] port taken\n');
  });

  it('goes to stderr by default, never to stdout', () => {
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    warn(stderrLogger, 'port taken');
    expect(stderr.mock.calls).toEqual([['[toolspan] port taken\n']]);
    expect(stdout).not.toHaveBeenCalled();
    stdout.mockRestore();
  });
});
