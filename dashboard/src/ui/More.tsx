import { Button, Group, Text } from "@mantine/core";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

type Pages = Pick<
  UseInfiniteQueryResult<unknown, Error>,
  "hasNextPage" | "isFetchingNextPage" | "fetchNextPage" | "isFetchNextPageError" | "error"
>;

/** Below the last row: asks for the next page as soon as it is seen, and by a button. */
export function More({ pages, what }: { pages: Pages; what: string }) {
  const mark = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isFetchNextPageError } = pages;
  useEffect(() => {
    const node = mark.current;
    if (node === null || !hasNextPage || isFetchNextPageError || !("IntersectionObserver" in globalThis))
      return;
    const watcher = new IntersectionObserver(
      (seen) => {
        if (seen.some((one) => one.isIntersecting) && !isFetchingNextPage) void fetchNextPage();
      },
      // What scrolls may itself lie partly outside the window.
      { root: node.closest(".table-frame"), rootMargin: "0px 0px 400px 0px" },
    );
    watcher.observe(node);
    return () => watcher.disconnect();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  if (!hasNextPage) return null;
  return (
    <Group ref={mark} justify="center" p="sm" gap="sm">
      {isFetchNextPageError ? (
        <Text size="xs" c="var(--retinue-bad)">
          {pages.error?.message}
        </Text>
      ) : null}
      <Button size="xs" variant="subtle" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        More {what}
      </Button>
    </Group>
  );
}
