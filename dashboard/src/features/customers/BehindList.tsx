import { Text } from "@mantine/core";
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Refused } from "@/api/client";
import { count, day } from "@/lib/format";
import { type Column, CsvButton, DataTable } from "@/ui/DataTable";
import { More } from "@/ui/More";
import { Asked, Empty, NoRunYet } from "@/ui/states";

/** What every page of a list behind a number says of the whole. */
interface Told {
  total: number;
  own_only: boolean;
  period: { first: string; last: string };
}

interface Props<Page extends Told, Row> {
  pages: UseInfiniteQueryResult<InfiniteData<Page>, Refused>;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  /** What the list is of, as a heading says it. */
  label: string;
  /** The file it is taken away as. */
  name: string;
  /** What a row is: one of them, and several. */
  words: readonly [string, string];
  /** The number it is behind: "the pipeline", "effectiveness". */
  view: string;
  /** That there is none; own: among the own cases. */
  nobody: (own: boolean) => string;
}

/** The rows behind a number, page by page, and how many they are. */
export function BehindList<Page extends Told, Row>(props: Props<Page, Row>): ReactNode {
  const { pages, rows, columns, rowKey, label, name, words, view, nobody } = props;
  const first = pages.data?.pages[0];
  return (
    <Asked
      query={pages}
      empty={
        pages.error?.status === 404 ? (
          <NoRunYet what="Your customers" />
        ) : (
          <Empty
            title={nobody(first?.own_only ?? false)}
            why={
              first === undefined
                ? label
                : `${label}: none between ${day(first.period.first)} and ${day(first.period.last)}.`
            }
          />
        )
      }
      isEmpty={() => rows.length === 0}
    >
      {() => (
        <>
          <Text size="sm" px="md" py="xs" className="numbers" role="status" component="div">
            <strong>{count(first?.total)}</strong> {words[first?.total === 1 ? 0 : 1]},{" "}
            {day(first?.period.first)} to {day(first?.period.last)}
            {first?.own_only ? `, of your own cases; the number in ${view} is of all` : ""}
            {pages.hasNextPage ? (
              <Text span size="xs" c="dimmed">
                {" "}
                · {count(rows.length)} shown
              </Text>
            ) : null}
            <CsvButton name={name} columns={columns} rows={rows} />
          </Text>
          <DataTable
            label={label}
            columns={columns}
            rows={rows}
            rowKey={rowKey}
            height={680}
            foot={<More pages={pages} what={words[1]} />}
          />
        </>
      )}
    </Asked>
  );
}
