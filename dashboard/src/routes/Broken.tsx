import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { Component, type ReactNode } from "react";

interface Props {
  /** Another place: what broke there is not shown here. */
  place: string;
  children: ReactNode;
}

/** Holds a view; where it cannot be drawn, says what happened and the way on. */
export class Holding extends Component<Props, { error: Error | undefined; place: string }> {
  override state = { error: undefined as Error | undefined, place: this.props.place };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: { place: string }) {
    return props.place === state.place ? null : { place: props.place, error: undefined };
  }

  override render() {
    return this.state.error === undefined ? this.props.children : <Broken error={this.state.error} />;
  }
}

function Broken({ error }: { error: Error }) {
  // After an update of the service the parts of the old app are gone.
  const outdated = /dynamically imported module|Importing a module script failed/.test(error.message);
  return (
    <Stack align="center" py={80} gap="xs" role="alert">
      <Title order={1}>{outdated ? "A newer version is available" : "This view failed"}</Title>
      <Text c="dimmed" size="sm" maw={560} ta="center">
        {outdated ? "The service was updated while this page was open. Reload the page." : error.message}
      </Text>
      <Group mt="sm">
        <Button onClick={() => globalThis.location.reload()}>Reload</Button>
        <Button variant="default" component="a" href="/">
          Go to the start page
        </Button>
      </Group>
    </Stack>
  );
}
