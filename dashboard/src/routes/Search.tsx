import { ActionIcon, Kbd, Modal, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useAsk } from "@/lib/service";
import { useMay } from "@/lib/session";
import { CustomerLink, Probability } from "@/ui/marks";

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
      <Modal opened={opened} onClose={close} title="Find a customer" size="md">
        {opened ? <Found close={close} /> : null}
      </Modal>
    </>
  );
}

function Found({ close }: { close: () => void }) {
  const [starts, setStarts] = useState("");
  const go = useNavigate();
  const found = useAsk(
    "/api/v1/customers",
    { query: { starts, limit: 8, sort: "customer_id", order: "asc" } },
    { enabled: starts.length > 0 },
  );
  const customers = starts.length > 0 ? (found.data?.customers ?? []) : [];
  const show = (id: string) => {
    close();
    void go(`/customers/${encodeURIComponent(id)}`);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const first = customers[0];
        if (first !== undefined) show(first.customer_id);
      }}
    >
      <TextInput
        data-autofocus
        label="Id of the customer"
        description="Its first characters are enough; Enter opens the first one."
        value={starts}
        onChange={(event) => setStarts(event.currentTarget.value.trim())}
        rightSection={<Kbd size="xs">↵</Kbd>}
        maxLength={200}
      />
      <ul style={{ listStyle: "none", padding: 0, margin: "0.75rem 0 0" }}>
        {customers.map((one) => (
          <li
            key={one.customer_id}
            style={{ display: "flex", justifyContent: "space-between", padding: "0.35rem 0" }}
          >
            <UnstyledButton component="span" onClick={close}>
              <CustomerLink id={one.customer_id} />
            </UnstyledButton>
            <Probability value={one.churn_probability} />
          </li>
        ))}
      </ul>
      {starts.length > 0 && found.data !== undefined && customers.length === 0 ? (
        <p>No active customer whose id begins with “{starts}”.</p>
      ) : null}
    </form>
  );
}
