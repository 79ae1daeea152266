import { Kbd, Text, TextInput } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";
import { Link, useNavigate } from "react-router";
import { useAsk } from "@/lib/service";
import { Modal } from "@/ui/Dialog";
import { Probability, RiskBadge } from "@/ui/marks";
import { Failure } from "@/ui/states";
import styles from "./SearchBox.module.css";

/** Finds customers by the first characters of their id. */
export default function SearchBox({ close }: { close: () => void }) {
  return (
    <Modal opened onClose={close} title="Find a customer" size="md" transitionProps={{ duration: 0 }}>
      <Found close={close} />
    </Modal>
  );
}

function Found({ close }: { close: () => void }) {
  const [starts, setStarts] = useState("");
  const [at, setAt] = useState(0);
  const go = useNavigate();
  const found = useAsk(
    "/api/v1/customers",
    { query: { starts, limit: 8, sort: "customer_id", order: "asc" } },
    { enabled: starts.length > 0, placeholderData: (before) => before },
  );
  const customers = starts.length > 0 ? (found.data?.customers ?? []) : [];
  const marked = Math.min(at, Math.max(0, customers.length - 1));
  const pathOf = (id: string) => `/customers/${encodeURIComponent(id)}`;
  const move = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined || customers.length === 0) return;
    event.preventDefault();
    setAt((marked + by + customers.length) % customers.length);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const one = customers[marked];
        // What is shown may still be that of fewer characters.
        if (one === undefined || found.isPlaceholderData) return;
        close();
        void go(pathOf(one.customer_id));
      }}
    >
      <TextInput
        data-autofocus
        label="Customer ID"
        description="Type its first characters; ↑ and ↓ choose, Enter opens."
        value={starts}
        onChange={(event) => {
          setStarts(event.currentTarget.value.trim());
          setAt(0);
        }}
        onKeyDown={move}
        rightSection={<Kbd size="xs">↵</Kbd>}
        maxLength={200}
        autoComplete="off"
      />
      <ul className={styles.found} aria-label="Customers found">
        {customers.map((one, place) => (
          <li key={one.customer_id}>
            <Link
              to={pathOf(one.customer_id)}
              className={styles.one}
              data-marked={place === marked}
              onClick={close}
              aria-label={one.customer_id}
            >
              <span className="numbers">{one.customer_id}</span>
              <span className={styles.risk}>
                <RiskBadge level={one.risk_level} />
                <Probability value={one.churn_probability} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <div role="status">
        {customers.length > 0 ? (
          <span className="hidden-text">
            {customers[marked]?.customer_id}, {marked + 1} of {customers.length}
          </span>
        ) : starts.length > 0 && found.data !== undefined && !found.isPlaceholderData ? (
          <Text size="sm" mt="sm">
            No active customer ID starts with “{starts}”.
          </Text>
        ) : null}
      </div>
      {found.error === null ? null : <Failure error={found.error} title="The search failed" />}
    </form>
  );
}
