// An address this page does not know.
import { Link } from 'wouter';
import { Notice } from '../parts/notice.tsx';

export function MissingPage() {
  return (
    <Notice title="There is no page at this address" page>
      <Link href="/" className="button">
        Back to the start
      </Link>
    </Notice>
  );
}
