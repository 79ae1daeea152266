import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useCallback } from "react";
import { useParams } from "@/lib/address";
import { count } from "@/lib/format";
import { useAsk } from "@/lib/service";
import { Page } from "@/ui/Page";
import { Tile } from "@/ui/Tile";
import { Letters } from "./Letters";
import { List } from "./List";
import { Opened } from "./Opened";
import { TakeIn } from "./TakeIn";
import { isOverdue, KINDS, type Kind } from "./words";

/** Requests of customers about their data: taken in, answered, refused, and what they came to. */
export function Component() {
  const [shown, setShown] = useParams(["request", "new", "customer"]);
  const kind = shown.new !== undefined && shown.new in KINDS ? (shown.new as Kind) : undefined;
  const open = useCallback((id: string) => setShown({ request: id }), [setShown]);
  return (
    <Page
      title="Privacy requests"
      lead="Customers' requests about their data, and when each must be answered."
      actions={
        <Button
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => setShown({ new: "access", customer: undefined })}
        >
          New request
        </Button>
      }
    >
      <Tiles />
      <List opened={shown.request ?? ""} onOpen={open} />
      <Letters />
      {shown.request === undefined ? null : (
        <Opened key={shown.request} id={shown.request} onClose={() => setShown({ request: undefined })} />
      )}
      {kind === undefined ? null : (
        <TakeIn
          kind={kind}
          customer={shown.customer ?? ""}
          onKind={(next) => setShown({ new: next })}
          onClose={() => setShown({ new: undefined, customer: undefined })}
          onTaken={(made) => setShown({ new: undefined, customer: undefined, request: made.request_id })}
        />
      )}
    </Page>
  );
}

/** How much is to be answered, and how soon. */
function Tiles() {
  const { data, error } = useAsk("/api/v1/privacy/requests", {
    query: { state: ["open", "working"], limit: 1000 },
  });
  const requests = data?.requests;
  const late = requests?.filter((one) => isOverdue(one)).length;
  const soon = requests?.filter((one) => one.near_due && !isOverdue(one)).length;
  const unknown = error === null ? undefined : "–";
  const written = (many: number | undefined) => (many === undefined ? unknown : count(many));
  return (
    <div className="tiles">
      <Tile label="Open" value={written(requests?.length)} note="waiting or being answered" />
      <Tile
        label="Due soon"
        definition="Due within the days of privacy.near_due_days, 7 unless set otherwise."
        value={written(soon)}
        note={soon ? "Answer these first" : soon === 0 ? "None" : undefined}
      />
      <Tile
        label="Overdue"
        value={
          late === undefined ? (
            unknown
          ) : (
            <span style={late > 0 ? { color: "var(--retinue-bad)" } : undefined}>{count(late)}</span>
          )
        }
        note={
          late
            ? "Tell the customer why; two more months are possible in hard cases"
            : late === 0
              ? "None"
              : undefined
        }
      />
    </div>
  );
}
