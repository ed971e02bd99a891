import { Component, type ComponentChildren } from "preact";
import { strings } from "../strings.ts";
import { Button } from "./button.tsx";
import { PageHead } from "./page-head.tsx";

interface Props {
  readonly children?: ComponentChildren;
}

interface State {
  readonly broken: boolean;
}

/** Shows words instead of a white page when a page has a fault. */
export class ErrorBoundary extends Component<Props, State> {
  static override getDerivedStateFromError(): State {
    return { broken: true };
  }

  override state: State = { broken: false };

  override render({ children }: Props): ComponentChildren {
    if (!this.state.broken) return children;
    const { title, text, reload } = strings.common.broken;
    return (
      <div role="alert">
        <PageHead title={title} lead={text} />
        <Button kind="primary" onClick={() => location.reload()}>
          {reload}
        </Button>
      </div>
    );
  }
}
