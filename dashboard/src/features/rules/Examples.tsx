import { ActionIcon, Badge, Button, Group, Text, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Panel } from "@/ui/Panel";
import { Empty } from "@/ui/states";
import type { Checked } from "./checking";
import type { Example } from "./draft";
import { read, type Values, written } from "./facts";
import styles from "./Rules.module.css";

interface Props {
  examples: Example[];
  checked: Checked | undefined;
  onChange: (examples: Example[]) => void;
}

/** What must come out for some customers: rules that break an example cannot be put in force. */
export function Examples({ examples, checked, onChange }: Props) {
  const tried = checked?.examples.length === examples.length ? checked.examples : [];
  const set = (at: number, example: Example) =>
    onChange(examples.map((one, index) => (index === at ? example : one)));
  const add = () =>
    onChange([
      ...examples,
      {
        name: `Example ${examples.length + 1}`,
        given: { churn_probability: 0.7, clv: 1000, cost: 25 },
        expect: { route: "auto_execute" },
      },
    ]);
  return (
    <Panel
      title="Examples"
      lead="Given these facts, this must come out. They are kept with the version and guard it against the next change."
      flush
      actions={
        <Button size="xs" variant="light" leftSection={<IconPlus size={14} aria-hidden />} onClick={add}>
          Add an example
        </Button>
      }
    >
      {examples.length === 0 ? (
        <Empty
          title="There is no example yet"
          why="Rules are put in force only with at least one example of what must come out."
          action={
            <Button variant="light" onClick={add}>
              Add the first example
            </Button>
          }
        />
      ) : (
        <div className="table-frame">
          <table className={styles.grid}>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Given (fact = value, …)</th>
                <th scope="col">Must come out (route, rule, urgency)</th>
                <th scope="col">What comes out</th>
                <th scope="col">
                  <span className="hidden-text">Remove</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {examples.map((example, at) => {
                const result = tried[at];
                const wrong = checked?.mistakes.find(
                  (mistake) => mistake.where === `examples, ${example.name}`,
                );
                return (
                  <tr key={at}>
                    <td className={styles.cell}>
                      <TextInput
                        size="xs"
                        aria-label={`Name of example ${at + 1}`}
                        value={example.name ?? ""}
                        onChange={(event) => set(at, { ...example, name: event.currentTarget.value })}
                      />
                    </td>
                    <td className={styles.words}>
                      <Facts
                        label={`Facts of example ${at + 1}`}
                        values={example.given}
                        onChange={(given) => set(at, { ...example, given })}
                      />
                    </td>
                    <td className={styles.words}>
                      <Facts
                        label={`What must come out of example ${at + 1}`}
                        values={example.expect}
                        onChange={(expect) => set(at, { ...example, expect })}
                      />
                    </td>
                    <td className={styles.words}>
                      {wrong !== undefined ? (
                        <Text size="xs" className={styles.wrong}>
                          {wrong.what} {wrong.fix}
                        </Text>
                      ) : result === undefined ? (
                        <Text size="xs" c="dimmed">
                          tried as soon as the rules can decide
                        </Text>
                      ) : (
                        <Result
                          result={result}
                          onTake={() =>
                            set(at, {
                              ...example,
                              expect: {
                                ...example.expect,
                                ...Object.fromEntries(
                                  Object.entries(result.wrong).map(([name, [, got]]) => [name, got as never]),
                                ),
                              },
                            })
                          }
                        />
                      )}
                    </td>
                    <td>
                      <ActionIcon
                        variant="subtle"
                        color="red"
                        aria-label={`Remove example ${at + 1}`}
                        onClick={() => onChange(examples.toSpliced(at, 1))}
                      >
                        <IconTrash size={15} aria-hidden />
                      </ActionIcon>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Result({ result, onTake }: { result: Checked["examples"][number]; onTake: () => void }) {
  if (result.holds) {
    return (
      <Badge className="mark" color="teal">
        As expected
      </Badge>
    );
  }
  return (
    <Group gap={6}>
      <Text size="xs" className={styles.wrong}>
        {Object.entries(result.wrong)
          .map(([name, [wanted, got]]) => `${name} is ${String(got)}, not ${String(wanted)}`)
          .join("; ")}
      </Text>
      <Button size="compact-xs" variant="default" onClick={onTake}>
        Expect this
      </Button>
    </Group>
  );
}

interface FactsProps {
  label: string;
  values: Values;
  onChange: (values: Values) => void;
}

const MONO = { input: styles.mono ?? "" };

/** Facts typed as text; what cannot be read yet stays in the field and changes nothing. */
function Facts({ label, values, onChange }: FactsProps) {
  const [typed, setTyped] = useState<string>();
  const found = typed === undefined ? undefined : read(typed);
  return (
    <Textarea
      size="xs"
      autosize
      minRows={1}
      maxRows={4}
      aria-label={label}
      classNames={MONO}
      spellCheck={false}
      value={typed ?? written(values)}
      error={found !== undefined && "wrong" in found ? found.wrong : undefined}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const next = read(text);
        if ("values" in next) onChange(next.values);
      }}
      onBlur={() => {
        if (found !== undefined && "values" in found) setTyped(undefined);
      }}
    />
  );
}
