/** What a report of several hosts says of each; `hosts.py` in the Python package has the same. */
import { isOfHost } from '../record/device';
import { isEstimate } from '../record/quantity';
import type {
  IDomainReport,
  IHost,
  IReport,
  Provenance
} from '../record/report';
import { rangeOf, sharesOf } from '../record/scale';
import { atLeast, duration, energy } from './format';
import type { Translator } from './words';

/** The columns of a host: its name, its joules, its seconds, how far its clock was ahead. */
export type HostCells = readonly [
  name: string,
  energy: string,
  time: string,
  clock: string
];

type Known = Pick<IReport, 'hosts' | 'ranks'> & {
  readonly domains: readonly IDomainReport[];
};

/** Of how many processes and hosts a report is; empty where there is one of each. */
export function coverageWords(
  { hosts, ranks }: Known,
  trans: Translator
): string {
  const count = hosts?.length ?? 0;
  if (ranks) {
    const words = trans._n('of %1 rank', 'of %1 ranks', ranks);
    return count > 1 ? trans.__('%1 on %2 hosts', words, count) : words;
  }
  return count > 1 ? trans.__('of %1 hosts', count) : '';
}

/** The cells of each host; none where there is one. */
export function hostCells(report: Known, trans: Translator): HostCells[] {
  const { hosts = [] } = report;
  return hosts.length < 2
    ? []
    : hosts.map(host => [
        host.name,
        ...figuresOf(host, report.domains, trans),
        clockWords(host)
      ]);
}

function figuresOf(
  host: IHost,
  domains: readonly IDomainReport[],
  trans: Translator
): readonly [energy: string, time: string] {
  const { energy_j, uncertainty_j, lost_at_s } = host;
  if (energy_j === null) {
    return [trans.__('not measured'), trans.__('told nothing')];
  }
  const own = domains.filter(
    ({ id, counted }) => counted && isOfHost(id, host.name)
  );
  const own_j = own.reduce((sum, domain) => sum + domain.energy_j, 0);
  const figure = energy(
    energy_j,
    uncertainty_j,
    provenanceOf(own),
    rangeOf(sharesOf(own), own_j)
  );
  if (lost_at_s === undefined) {
    return [figure, duration(host.duration_s)];
  }
  const [, known] = atLeast(figure).split('≥ ');
  return [
    known ? trans.__('at least %1', known) : trans.__('not known'),
    trans.__('lost after %1', duration(lost_at_s))
  ];
}

/** Whether joules are estimated, in part or all of them, is what a figure shows. */
function provenanceOf(domains: readonly IDomainReport[]): Provenance | null {
  return domains.some(({ provenance }) => isEstimate(provenance))
    ? 'mixed'
    : null;
}

/** How far a host's clock was ahead, such as `1.20 ± 0.05 ms`; – where it was not compared. */
function clockWords({ offset_s, offset_uncertainty_s }: IHost): string {
  if (!offset_uncertainty_s) {
    return '–';
  }
  const [size, unit] = Math.abs(offset_s) >= 1 ? [1, 's'] : [1e-3, 'ms'];
  const half = offset_uncertainty_s / size;
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(half)));
  return `${(offset_s / size).toFixed(decimals)} ± ${half.toFixed(decimals)} ${unit}`;
}
