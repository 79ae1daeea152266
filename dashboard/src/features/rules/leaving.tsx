import { Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { Confirm } from "@/ui/Confirm";

/** Warns who leaves with changes that are not in force: by a link of the app, or by closing the page. */
export function Leaving({ when }: { when: boolean }) {
  const go = useNavigate();
  const [to, setTo] = useState<string>();
  useEffect(() => {
    if (!when) return;
    const closing = (event: BeforeUnloadEvent) => event.preventDefault();
    const pressed = (event: MouseEvent) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
        return;
      const link = (event.target as Element | null)?.closest?.("a[href]");
      if (!(link instanceof HTMLAnchorElement) || link.target === "_blank") return;
      const { pathname, search } = new URL(link.href, globalThis.location.href);
      if (pathname === globalThis.location.pathname) return;
      event.preventDefault();
      event.stopPropagation();
      setTo(pathname + search);
    };
    globalThis.addEventListener("beforeunload", closing);
    document.addEventListener("click", pressed, true);
    return () => {
      globalThis.removeEventListener("beforeunload", closing);
      document.removeEventListener("click", pressed, true);
    };
  }, [when]);
  return (
    <Confirm
      opened={to !== undefined}
      onClose={() => setTo(undefined)}
      title="Leave with changes that are not in force?"
      label="Leave"
      onConfirm={() => {
        const place = to ?? "/";
        setTo(undefined);
        void go(place);
      }}
    >
      <Text size="sm">
        The draft stays in this window until it is closed. The rules in force stay as they are.
      </Text>
    </Confirm>
  );
}
