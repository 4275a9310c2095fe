// Catches a fault of this page itself, so that one bad value does not leave an empty window.
import { Component, type ReactNode } from 'react';
import { Notice } from '../notice.tsx';

type Props = { children: ReactNode };

export class Boundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Notice title="This page has tripped over something" page>
        <p>Your tasks are safe on the server. Loading the page again usually helps.</p>
        <button type="button" className="button" onClick={() => window.location.reload()}>
          Load it again
        </button>
      </Notice>
    );
  }
}
