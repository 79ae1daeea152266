import type { Schemas } from "@/api/client";
import { decimal, percent } from "@/lib/format";

export type Figures = Schemas["ModelFigures"];
export type Between = Schemas["Between"];

interface Measure {
  label: string;
  told: string;
  write: (value: number | null | undefined) => string;
  /** Whether a larger one is better. */
  more: boolean;
}

/** The measures as people call them, and what they say. */
export const MEASURES: Record<string, Measure> = {
  auc: {
    label: "AUC",
    told: "Of two customers, one who leaves and one who stays: how often the first has the higher score. 0.5 is chance, 1 is perfect.",
    write: (value) => decimal(value, 3),
    more: true,
  },
  brier: {
    label: "Brier score",
    told: "The mean squared difference between the probability and what happened. Smaller is better.",
    write: (value) => decimal(value, 4),
    more: false,
  },
  log_loss: {
    label: "Log loss",
    told: "How surprised the model was by what happened. Smaller is better.",
    write: (value) => decimal(value, 3),
    more: false,
  },
  calibration_error: {
    label: "Calibration error",
    told: "How far predicted shares lie from those that left, over groups of about the same probability.",
    write: (value) => percent(value, 1),
    more: false,
  },
  lift_at_10: {
    label: "Lift at 10 %",
    told: "How many times more leavers are among the riskiest tenth than among all.",
    write: (value) => `${decimal(value, 1)} ×`,
    more: true,
  },
  precision: {
    label: "Precision",
    told: "Of the customers above the threshold for acting, the share that leaves.",
    write: (value) => percent(value),
    more: true,
  },
  recall: {
    label: "Recall",
    told: "Of the customers who leave, the share above the threshold for acting.",
    write: (value) => percent(value),
    more: true,
  },
};

export function measureOf(name: string): Measure {
  return MEASURES[name] ?? { label: name, told: "", write: (value) => decimal(value, 3), more: true };
}
