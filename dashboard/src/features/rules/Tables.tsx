import { Badge, Code, Group, Text } from "@mantine/core";
import { Panel } from "@/ui/Panel";
import { type Document, plain, tablesOf, WORDS } from "./document";
import { conditionWords, givesWords, whenWords } from "./inWords";
import styles from "./Rules.module.css";

const COLOURS: Record<string, string> = {
  auto_execute: "teal",
  manual_review: "indigo",
  monitor: "yellow",
  no_action: "gray",
  HIGH: "red",
  MEDIUM: "yellow",
  LOW: "gray",
};

/** The tables of rules to read: when a row holds, what it gives, and why. */
export function Tables({ document }: { document: Document }) {
  return tablesOf(document).map((table) => (
    <Panel
      key={table.id}
      title={table.name}
      lead="Read from the top: the first row that matches decides."
      flush
    >
      <section
        className="table-frame"
        aria-label={`Rows of ${table.name}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">Row</th>
              {table.inputs.map((column) => (
                <th key={column.id} scope="col">
                  {column.name}
                </th>
              ))}
              {table.outputs.map((column) => (
                <th key={column.id} scope="col">
                  {column.name}
                </th>
              ))}
              <th scope="col">Reason</th>
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, at) => (
              <tr key={row._id ?? at}>
                <td className="numbers">{at + 1}</td>
                {table.inputs.map((column) => {
                  const cell = row[column.id] ?? "";
                  return (
                    <td
                      key={column.id}
                      title={cell}
                      className={`nowrap ${cell.trim() === "" ? styles.any : ""}`}
                    >
                      {conditionWords(cell)}
                    </td>
                  );
                })}
                {table.outputs.map((column) => (
                  <td key={column.id}>
                    <Gives field={column.field} cell={row[column.id] ?? ""} />
                  </td>
                ))}
                <td>
                  <span className="sentence">
                    {row[WORDS] || (
                      <Text span size="sm" c="dimmed">
                        {whenWords(table, row)}
                      </Text>
                    )}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  ));
}

function Gives({ field, cell }: { field: string; cell: string }) {
  const words = givesWords(field, cell);
  if (words === "") {
    return (
      <Text span size="sm" c="dimmed">
        not stated
      </Text>
    );
  }
  if (field === "route" || field === "urgency") {
    return (
      <Badge className="mark" color={COLOURS[plain(cell)] ?? "gray"}>
        {words}
      </Badge>
    );
  }
  return field === "rule" ? <Code>{words}</Code> : <Group gap={4}>{words}</Group>;
}
