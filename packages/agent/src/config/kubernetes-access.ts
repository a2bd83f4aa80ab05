// How an API server of Kubernetes is found: by what each pod is given, by a kubeconfig file, or by URL. Plain data.

import type { CredentialSources } from '../targets/exporters.ts';
import type { ExporterTls } from '../targets/target.ts';

export type ApiAccess =
  | { readonly kind: 'in-cluster' }
  | { readonly kind: 'kubeconfig'; readonly file: string }
  | { readonly kind: 'url'; readonly url: string; readonly tls: ExporterTls; readonly credentials: CredentialSources };
