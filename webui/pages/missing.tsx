// An address this page does not know.
import { Link } from 'wouter';
import { useWatch } from '../api/live.tsx';
import { Notice } from '../parts/notice.tsx';

export function MissingPage() {
  useWatch('idle');
  return (
    <Notice title="There is no page at this address" page>
      <Link href="/" className="button">
        Back to the start
      </Link>
    </Notice>
  );
}
