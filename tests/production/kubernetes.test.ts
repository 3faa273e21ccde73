import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { Service } from 'kubernetes-models/v1';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import ts from 'typescript';
import { ROOT } from '../packaging/packed';
import { container, manifests, podEnvironment, portNamed } from './manifests';
import { documentsOf, yamlOf } from './sample';

const { deployment, service, podMonitor, networkPolicy, annotations } = manifests();
const pod = deployment.spec!.template;
const LABELS = pod.metadata!.labels!;

describe('The manifests', () => {
  it('are valid by the schemas of Kubernetes and of the Prometheus operator', () => {
    expect(() => new Deployment(deployment).validate()).not.toThrow();
    expect(() => new Service(service).validate()).not.toThrow();
    expect(() => new NetworkPolicy(networkPolicy).validate()).not.toThrow();
    expect(() => new PodMonitor(podMonitor).validate()).not.toThrow();
  });

  it('would not be without the selector that the guide forgets', () => {
    const { selector: _, ...rest } = deployment.spec!;
    expect(() => new Deployment({ ...deployment, spec: rest as typeof deployment.spec }).validate()).toThrow('selector');
  });

  it.each([
    ['deployment.yaml', 'Deployment', 'kubernetes-models/apps/v1/Deployment'],
    ['service.yaml', 'Service', 'kubernetes-models/v1/Service'],
    ['networkpolicy.yaml', 'NetworkPolicy', 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'],
    ['podmonitor.yaml', 'PodMonitor', '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor'],
    ['prometheus-rules.yaml', 'PrometheusRule', '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'],
  ])('have no key that does not exist, which schemas let pass: %s', (file, kind, module) => {
    const [given] = documentsOf<object>(`kubernetes/${file}`);
    // The operator has known it since 0.67, these types do not.
    const document = JSON.parse(JSON.stringify(given), (key, value) =>
      key === 'keep_firing_for' ? undefined : (value as unknown),
    ) as object;
    expect(strictly(kind, module, document)).toEqual([]);
    expect(strictly(kind, module, { ...document, spce: {} })).toEqual([expect.stringContaining('"spce"')]);
  });

  it('are one document each, all in one namespace, and the kustomization names them', () => {
    const names = ['deployment', 'service', 'networkpolicy', 'podmonitor', 'prometheus-rules', 'scrape-annotations'];
    const files = names.map((name) => `${name}.yaml`);
    for (const file of files)
      expect(documentsOf(`kubernetes/${file}`)).toEqual([
        expect.objectContaining({ metadata: expect.objectContaining({ namespace: 'tools' }) }),
      ]);
    const { resources } = yamlOf<{ resources: string[] }>('kubernetes/kustomization.yaml');
    // The annotations are a patch, for clusters without the operator.
    expect(resources).toEqual(files.filter((file) => file !== 'scrape-annotations.yaml'));
  });

  it('name the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(LABELS['app.kubernetes.io/version']).toBe(version);
    expect(container().image).toMatch(new RegExp(`:${version}$`));
  });
});

describe('Each selector finds the pods', () => {
  it.each([
    ['the Deployment’s', deployment.spec!.selector.matchLabels],
    ['the Service’s', service.spec!.selector],
    ['the PodMonitor’s', podMonitor.spec.selector.matchLabels],
    ['the NetworkPolicy’s', networkPolicy.spec!.podSelector.matchLabels],
  ])('%s', (_, selector) => {
    expect(Object.keys(selector!).length).toBeGreaterThan(0);
    expect(LABELS).toMatchObject(selector!);
  });

  it('but none by the version, which changes', () => {
    expect(deployment.spec!.selector.matchLabels).not.toHaveProperty(['app.kubernetes.io/version']);
  });
});

describe('Each port', () => {
  it('of the container has a name, and metrics are served where the environment says', () => {
    expect(container().ports).toEqual([
      { name: 'http', containerPort: 8080 },
      { name: 'metrics', containerPort: 9090 },
    ]);
    expect(podEnvironment()['OTEL_EXPORTER_PROMETHEUS_PORT']).toBe(String(portNamed('metrics')));
  });

  it('that a probe, the Service, the PodMonitor or the NetworkPolicy names is one of the container', () => {
    const { livenessProbe, readinessProbe, startupProbe } = container();
    const named = [
      ...[livenessProbe, readinessProbe, startupProbe].map((probe) => probe!.httpGet!.port),
      ...service.spec!.ports!.map(({ targetPort }) => targetPort),
      ...podMonitor.spec.podMetricsEndpoints.map(({ port }) => port),
      ...networkPolicy.spec!.ingress!.flatMap(({ ports }) => ports!.map(({ port }) => port)),
    ];
    expect(named).toEqual(['http', 'http', 'http', 'http', 'metrics', 'http', 'metrics']);
    for (const name of named) expect(portNamed(name)).toBeGreaterThan(0);
  });

  it('and path of the annotations is that of the metrics', () => {
    expect(annotations.metadata!.name).toBe(deployment.metadata!.name);
    expect(annotations.spec!.template.metadata!.annotations).toEqual({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': String(portNamed('metrics')),
      'prometheus.io/path': podMonitor.spec.podMetricsEndpoints[0]!.path,
    });
  });
});

describe('The environment', () => {
  it('lets metrics be scraped from outside', () => {
    expect(podEnvironment()['OTEL_EXPORTER_PROMETHEUS_HOST']).toBe('0.0.0.0');
  });

  it('takes nothing from a variable that is further down, where Kubernetes would leave $(…) as it is', () => {
    expect(Object.values(podEnvironment()).filter((value) => value.includes('$('))).toEqual([]);
  });

  it('sends traces where the NetworkPolicy lets them out', () => {
    const { hostname, port } = new URL(podEnvironment()['OTEL_EXPORTER_OTLP_ENDPOINT']!);
    const [, namespace] = hostname.split('.');
    const out = networkPolicy.spec!.egress!.find(({ ports }) => ports!.some((each) => each.port === Number(port)));
    expect(out!.to![0]!.namespaceSelector!.matchLabels).toEqual({ 'kubernetes.io/metadata.name': namespace });
  });
});

describe('The NetworkPolicy', () => {
  it('gives metrics to the namespace of Prometheus alone', () => {
    const rules = networkPolicy.spec!.ingress!.filter(({ ports }) => ports!.some(({ port }) => port === 'metrics'));
    expect(rules.map(({ from }) => from)).toEqual([
      [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
    ]);
  });

  it('lets the app find names, and reach the outside but nothing inside', () => {
    const ports = networkPolicy.spec!.egress!.flatMap((rule) => rule.ports!.map(({ port, protocol }) => `${port} ${protocol}`));
    expect(ports).toEqual(['53 UDP', '53 TCP', '4317 TCP', '443 TCP']);
    const { except } = networkPolicy.spec!.egress!.at(-1)!.to![0]!.ipBlock!;
    expect(except).toEqual(expect.arrayContaining(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16']));
  });
});

describe('The PodMonitor', () => {
  it('leaves our label `namespace` as it is, and calls the job by the name of the app', () => {
    const [endpoint] = podMonitor.spec.podMetricsEndpoints;
    expect(endpoint).toMatchObject({ honorLabels: true, path: '/metrics' });
    expect(endpoint!.relabelings).toContainEqual({
      sourceLabels: ['__meta_kubernetes_pod_label_app_kubernetes_io_name'],
      targetLabel: 'job',
    });
    expect(LABELS['app.kubernetes.io/name']).toBe('toolspan-sample');
  });
});

describe('A pod', () => {
  it('has the rights that it needs, and no others', () => {
    expect(pod.spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(container().securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container().resources).toMatchObject({ requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } });
  });

  it('has the time to end: preStop, requests under way, and the last spans', () => {
    const preStop = container().lifecycle!.preStop as { sleep: { seconds: number } };
    expect(pod.spec!.terminationGracePeriodSeconds).toBeGreaterThan(preStop.sleep.seconds + 10 + 5);
  });
});

/** What the compiler says against a manifest by the types of Kubernetes, which know every key. */
function strictly(kind: string, module: string, manifest: unknown): string[] {
  const folder = join(ROOT, '.build', 'manifests');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${kind}.ts`);
  writeFileSync(file, `import type { I${kind} } from '${module}';\nexport const manifest: I${kind} = ${JSON.stringify(manifest)};\n`);
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.ES2022,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
