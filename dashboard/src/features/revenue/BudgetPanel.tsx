import { Progress, Stack, Text } from "@mantine/core";
import { money, month, words } from "@/lib/format";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Figures } from "./figures";

/** Each limit on money: what is spent and reserved, what is left, and what one more unit would have earned. */
export function BudgetPanel({ figures: { budget, currency } }: { figures: Figures }) {
  const write = (value: number | null) => money(value, currency);
  // A limit that is not set and was not used says nothing.
  const scopes = budget.scopes.filter((one) => one.limit !== null || one.spent > 0 || one.reserved > 0);
  return (
    <Panel title={`Budget of ${month(`${budget.month}-01`)}`} lead={budget.shadow_price.words} flush>
      {scopes.length === 0 ? (
        <Empty
          title="No limit is set"
          why="Offers are made as long as they pay. Set a limit for the month, a campaign or a tier to hold them to it."
          command="[budget] in retinue.toml"
        />
      ) : (
        <section
          className="table-frame"
          aria-label="Limits of the budget"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
        >
          <table className="data-table" style={{ minWidth: 560 }}>
            <thead>
              <tr>
                <th scope="col">Budget</th>
                <th scope="col">Used</th>
                <th scope="col" className="right">
                  Spent
                </th>
                <th scope="col" className="right">
                  Reserved
                </th>
                <th scope="col" className="right">
                  Left
                </th>
              </tr>
            </thead>
            <tbody className="numbers">
              {scopes.map((one) => (
                <tr key={`${one.scope} ${one.name}`}>
                  <td>
                    <Text size="sm">
                      {one.scope === "month" ? "Month" : `${words(one.scope)} ${one.name}`}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {one.words}
                    </Text>
                  </td>
                  <td style={{ minWidth: 160 }}>
                    {one.limit === null || one.limit === 0 ? (
                      <Text size="xs" c="dimmed">
                        {one.limit === null ? "no limit" : `of ${write(0)}`}
                      </Text>
                    ) : (
                      <Stack gap={2}>
                        <Progress.Root size={8}>
                          <Progress.Section
                            value={(100 * one.spent) / one.limit}
                            aria-label={`Spent ${write(one.spent)} of ${write(one.limit)}`}
                          />
                          <Progress.Section
                            value={(100 * one.reserved) / one.limit}
                            color="orange"
                            aria-label={`Reserved ${write(one.reserved)}`}
                          />
                        </Progress.Root>
                        <Text size="xs" c="dimmed">
                          of {write(one.limit)}
                        </Text>
                      </Stack>
                    )}
                  </td>
                  <td className="right">{write(one.spent)}</td>
                  <td className="right">{write(one.reserved)}</td>
                  <td className="right">{one.left === null ? "no limit" : write(one.left)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  );
}
