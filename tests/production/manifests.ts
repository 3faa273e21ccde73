import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IContainer, IService } from 'kubernetes-models/v1';
import type { IPodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { yamlOf } from './sample';

/** The manifests, by the file that each is in. */
export function manifests(): {
  deployment: IDeployment;
  service: IService;
  podMonitor: IPodMonitor;
  networkPolicy: INetworkPolicy;
  annotations: IDeployment;
} {
  return {
    deployment: yamlOf('kubernetes/deployment.yaml'),
    service: yamlOf('kubernetes/service.yaml'),
    podMonitor: yamlOf('kubernetes/podmonitor.yaml'),
    networkPolicy: yamlOf('kubernetes/networkpolicy.yaml'),
    annotations: yamlOf('kubernetes/scrape-annotations.yaml'),
  };
}

/** The Deployment's one container. */
export function container(): IContainer {
  const [only, ...others] = manifests().deployment.spec!.template.spec!.containers;
  if (!only || others.length > 0) throw new Error('there is not exactly one container');
  return only;
}

/** The number of a port of the container, by its name. */
export function portNamed(name: unknown): number | undefined {
  return container().ports?.find((port) => port.name === name)?.containerPort;
}

/** What a pod of the Deployment is, as the downward API tells it. */
export const POD: Readonly<Record<string, string>> = {
  'metadata.namespace': 'tools',
  'metadata.name': 'toolspan-sample-5c9d7b6f4-x2x7p',
  'metadata.uid': '0b9a7c1e-6f0e-4a39-9a1b-1f6f3f0f8a11',
  'spec.nodeName': 'node-7',
  "metadata.labels['app.kubernetes.io/version']": '0.1.0',
};

/** The container's environment as Kubernetes makes it: fields of the pod, and `$(NAME)` of variables that stand further up; others are left as they are. */
export function podEnvironment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { name, value, valueFrom } of container().env ?? []) {
    const text = value ?? POD[valueFrom?.fieldRef?.fieldPath ?? ''];
    if (text === undefined) throw new Error(`${name}: no such field of a pod`);
    env[name] = text.replaceAll(/\$\((\w+)\)/g, (unknown, named: string) => env[named] ?? unknown);
  }
  return env;
}
