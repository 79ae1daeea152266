import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { draw } from "@/testing/render";
import { type Column, CsvButton, DataTable } from "./DataTable";

interface Row {
  id: string;
  net: number | null;
}
const COLUMNS: readonly Column<Row>[] = [
  { key: "id", title: "Customer", value: (row) => row.id },
  { key: "net", title: "Net", value: (row) => row.net, right: true },
];
const ROWS: readonly Row[] = [
  { id: "C2", net: 5 },
  { id: "C1", net: null },
  { id: "C3", net: 40 },
];

function shown(): string[] {
  return screen
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("cell")[0]?.textContent ?? "");
}

describe("a table", () => {
  it("is sorted by its titles, the unknown last either way", async () => {
    draw(<DataTable label="Offers" columns={COLUMNS} rows={ROWS} rowKey={(row) => row.id} />);
    expect(shown()).toEqual(["C2", "C1", "C3"]);
    await userEvent.click(screen.getByRole("button", { name: "Net" }));
    expect(shown()).toEqual(["C3", "C2", "C1"]);
    expect(screen.getByRole("columnheader", { name: "Net" }).getAttribute("aria-sort")).toBe("descending");
    await userEvent.click(screen.getByRole("button", { name: "Net" }));
    expect(shown()).toEqual(["C2", "C3", "C1"]);
  });

  it("asks the service to sort where the service holds the rest of it", async () => {
    const asked = vi.fn();
    draw(
      <DataTable
        label="Offers"
        columns={COLUMNS}
        rows={ROWS}
        rowKey={(row) => row.id}
        sorted={{ key: "net", descending: true }}
        onSort={asked}
      />,
    );
    await userEvent.click(screen.getByRole("button", { name: "Net" }));
    expect(asked).toHaveBeenCalledWith({ key: "net", descending: false });
    expect(shown()).toEqual(["C2", "C1", "C3"]);
  });

  it("draws only what is seen of a hundred thousand rows", () => {
    const many = Array.from({ length: 100_000 }, (_, at) => ({ id: `C${at}`, net: at }));
    draw(<DataTable label="All" columns={COLUMNS} rows={many} rowKey={(row) => row.id} />);
    expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBe("100000");
    expect(screen.getAllByRole("row").length).toBeLessThan(100);
  });

  it("can be scrolled by keyboard", () => {
    draw(<DataTable label="Offers" columns={COLUMNS} rows={ROWS} rowKey={(row) => row.id} />);
    expect(screen.getByRole("group", { name: "Offers" }).tabIndex).toBe(0);
  });
});

it("is taken away as CSV with the numbers as they are", async () => {
  const made: Blob[] = [];
  URL.createObjectURL = (blob) => {
    made.push(blob as Blob);
    return "blob:it";
  };
  URL.revokeObjectURL = () => undefined;
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
  draw(<CsvButton name="offers" columns={COLUMNS} rows={ROWS} />);
  await userEvent.click(screen.getByRole("button", { name: "CSV" }));
  const text = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsText(made[0] as Blob);
  });
  expect(text).toBe("Customer,Net\r\nC2,5\r\nC1,\r\nC3,40\r\n");
});
