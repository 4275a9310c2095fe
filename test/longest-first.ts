// The order of the test files in a run: those that take longest begin first, so that at its end no core waits for one of them.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where the long ones are, the longest first. */
const longOnes = [/\/chaos\/chaos\./, /\/(?:model|simulation)\//, /\/e2e\//, /\/integration\//, /\/faults\//];

function rank({ moduleId }: TestSpecification): number {
  const place = longOnes.findIndex(place => place.test(moduleId));
  return place === -1 ? longOnes.length : place;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
