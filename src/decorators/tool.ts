import type { ToolOptions } from '../metadata/card.js';
import { decoratorFor, type ToolDecorator } from './decorator.js';

/**
 * Makes a method a tool: its calls are traced, counted, and run through the policies beside it. On a class it gives defaults for
 * the tools in it; a class without decorated methods is itself a tool, its `execute`.
 * @param options the name, or `{ name, namespace, description, attributes }`
 * @throws ConfigurationError where it is applied, on options it cannot work with
 */
export function Tool(options?: string | ToolOptions): ToolDecorator {
  return decoratorFor('tool', options);
}
