import { checkOptions, count, flag, type Rules, type Subject } from '../core/options.js';
import { DEFAULT_MAX_LENGTH, type DisclosedContent, type DisclosureSettings } from '../telemetry/disclosure.js';
import { read, type Environment } from './environment.js';

/** What spans tell of a call besides its outcome. Streams are not recorded. */
export interface CaptureOptions {
  /** The arguments, as `gen_ai.tool.call.arguments`: JSON of their list, or of the one object that is all of it. Default false. */
  arguments?: boolean;
  /** The result, as `gen_ai.tool.call.result`: JSON, a string as it is. Default false. */
  result?: boolean;
  /** Where each of them is cut off, in characters. Default 4,096. */
  maxLength?: number;
  /**
   * Takes out what nobody may see: of the list of arguments, of the result, and of messages and stacks of errors, whether arguments and
   * results are recorded or not. What it gives is recorded; `undefined` is not. Default: `redactSecrets`.
   */
  redact?: (content: unknown, what: DisclosedContent) => unknown;
}

export const captureRules: Rules<CaptureOptions> = {
  arguments: flag,
  result: flag,
  maxLength: count(1),
  redact: { allowed: 'a function', parse: (value) => (typeof value === 'function' ? value : undefined) },
};

/** @throws ConfigurationError on an unknown or unusable option. */
export function checkCapture(subject: Subject, given: unknown): void {
  checkOptions(subject, captureRules, given);
}

/**
 * The switches by which who runs a program forbids what its code asks for, and the values that permit it: any other forbids, since who sets
 * one of them and slips does not mean to tell more. The second one is OpenTelemetry's.
 */
const SWITCHES: Readonly<Record<string, readonly string[]>> = {
  TOOLSPAN_CAPTURE: ['on', 'true', '1', 'yes'],
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: ['true', 'span_only', 'span_and_event'],
};

/** What may be told, once the environment has had its say. */
export function disclosureOf(options: CaptureOptions, env: Environment): DisclosureSettings {
  const { maxLength = DEFAULT_MAX_LENGTH, redact } = options;
  const asked = { arguments: options.arguments === true, result: options.result === true };
  return { ...(captureSwitch(env) ? { arguments: false, result: false } : asked), maxLength, redact };
}

/** What was decided, in words. */
export function captureStory(settings: DisclosureSettings, env: Environment): string {
  const what = (['arguments', 'result'] as const).filter((kind) => settings[kind]);
  const off = captureSwitch(env);
  if (off) return `arguments and results are not recorded: ${off}=${read(env, off)} forbids it`;
  return what.length === 0
    ? 'arguments and results are not recorded'
    : `recorded on spans: ${what.join(' and ')}, up to ${settings.maxLength} characters`;
}

/** The switch that forbids to record what tools are given and give. */
function captureSwitch(env: Environment): string | undefined {
  return Object.keys(SWITCHES).find((name) => {
    const value = read(env, name)?.toLowerCase();
    return value !== undefined && !SWITCHES[name]!.includes(value);
  });
}
