import { ActionIcon } from "@mantine/core";
import { IconUserCircle } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import type { Session } from "@/lib/session";

const PersonMenu = lazy(() => import("./PersonMenu"));

/** The button of who is signed in; its menu is loaded when it is opened. */
export function Person({ session }: { session: Session }) {
  const [opened, open] = useState(false);
  const mark = useRef<HTMLButtonElement>(null);
  const before = useRef(false);
  useEffect(() => {
    if (before.current && !opened) mark.current?.focus();
    before.current = opened;
  }, [opened]);
  const button = (
    <ActionIcon
      ref={mark}
      variant="default"
      size="lg"
      aria-label={`Signed in as ${session.name ?? session.subject ?? "this machine"}`}
      aria-haspopup="menu"
      aria-expanded={opened}
      onClick={() => open(true)}
    >
      <IconUserCircle size={18} aria-hidden />
    </ActionIcon>
  );
  return opened ? (
    <Suspense fallback={button}>
      <PersonMenu session={session} onClose={() => open(false)} />
    </Suspense>
  ) : (
    button
  );
}
