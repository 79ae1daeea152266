import { Kbd, Modal, TextInput, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useAsk } from "@/lib/service";
import { CustomerLink, Probability } from "@/ui/marks";

/** Finds customers by the first characters of their id. */
export default function SearchBox({ close }: { close: () => void }) {
  return (
    <Modal opened onClose={close} title="Find a customer" size="md">
      <Found close={close} />
    </Modal>
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
