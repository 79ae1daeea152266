import { Button, Paper, Stack, Text, Title } from "@mantine/core";
import { useLocation } from "react-router";
import type { Session } from "@/lib/session";
import { Command } from "@/ui/states";

/** Nobody is signed in: the ways to do so, back to where one wanted to go. */
export function SignIn({ session }: { session: Session }) {
  const { pathname, search } = useLocation();
  const back = encodeURIComponent(`${pathname}${search}`);
  return (
    <Stack align="center" justify="center" mih="100vh" p="md" component="main">
      <Paper className="panel" p="xl" maw={400} w="100%">
        <Stack gap="md">
          <img src="/icon.svg" alt="" width={40} height={40} />
          <div>
            <Title order={1}>Sign in to Retinue</Title>
            <Text c="dimmed" size="sm" mt={4}>
              {session.project}
            </Text>
          </div>
          {session.ways.map(({ way, label, start }) => (
            <Button key={way} component="a" href={`${start}&to=${back}`} size="md" fullWidth>
              {way === "builtin" ? "Sign in with name and password" : `Sign in by ${label}`}
            </Button>
          ))}
          {session.ways.length === 0 ? (
            <>
              <Text size="sm">
                Nobody can sign in yet. On the machine where the service runs, make the first user:
              </Text>
              <Command text="retinue users create NAME --role admin" />
            </>
          ) : null}
        </Stack>
      </Paper>
    </Stack>
  );
}
