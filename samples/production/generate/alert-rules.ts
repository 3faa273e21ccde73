import type { AlertGroup } from './alert.js';
import { BUDGET_ALERTS } from './budget-alerts.js';
import { TELEMETRY_ALERTS } from './telemetry-alerts.js';
import { TOOL_ALERTS } from './tool-alerts.js';

/** All alerts. */
export const ALERT_GROUPS: readonly AlertGroup[] = [TOOL_ALERTS, BUDGET_ALERTS, TELEMETRY_ALERTS];
