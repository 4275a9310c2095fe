// Any JSON as a tree that folds. Texts in it are texts, whatever they contain.
import { JsonView } from 'react-json-view-lite';
import type { Json } from '../../../client/index.ts';

const LOOK = {
  container: 'tree',
  basicChildStyle: 'tree-child',
  childFieldsContainer: '',
  label: 'tree-label',
  clickableLabel: 'tree-label',
  nullValue: 'tree-word',
  undefinedValue: 'tree-word',
  booleanValue: 'tree-word',
  numberValue: 'tree-number',
  stringValue: 'tree-string',
  otherValue: '',
  punctuation: 'tree-mark',
  collapseIcon: 'tree-fold',
  expandIcon: 'tree-unfold',
  collapsedContent: 'tree-hidden',
  noQuotesForStringValues: false,
  quotesForFieldNames: false,
  stringifyStringValues: true,
  ariaLables: { collapseJson: 'Fold', expandJson: 'Unfold' },
};

const UNFOLDED_LEVELS = 2;
const unfoldFirst = (level: number) => level < UNFOLDED_LEVELS;

export function Tree({ value, label }: { value: Json; label: string }) {
  if (typeof value !== 'object' || value === null) {
    return <p className="tree">{JSON.stringify(value)}</p>;
  }
  return <JsonView data={value} style={LOOK} shouldExpandNode={unfoldFirst} aria-label={label} />;
}
