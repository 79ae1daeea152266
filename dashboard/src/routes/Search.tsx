import { ActionIcon } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useMay } from "@/lib/session";

const SearchBox = lazy(() => import("./SearchBox"));

/** Go to a customer by the beginning of the id: press / anywhere. */
export function Search() {
  const [opened, { open, close }] = useDisclosure(false);
  const may = useMay();
  useHotkeys([
    ["/", open],
    ["mod+K", open],
  ]);
  if (!may("customers.read")) return null;
  return (
    <>
      <ActionIcon
        variant="default"
        size="lg"
        onClick={open}
        aria-label="Find a customer"
        title="Find a customer (press /)"
      >
        <IconSearch size={17} aria-hidden />
      </ActionIcon>
      {opened ? (
        <Suspense fallback={null}>
          <SearchBox close={close} />
        </Suspense>
      ) : null}
    </>
  );
}
