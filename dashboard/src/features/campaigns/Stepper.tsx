import { IconCheck } from "@tabler/icons-react";
import { STEPS, type State, stepOf } from "./life";
import styles from "./Stepper.module.css";

interface Props {
  state: State;
  /** The state before this one, where one is known. */
  before: State | undefined;
  seen: boolean;
}

/** The way of a campaign from plan to done, and where it is on it. */
export function Stepper({ state, before, seen }: Props) {
  const at = stepOf(state, seen);
  // What was stopped did not take the steps that would have come.
  const taken = state === "stopped" ? stepOf(before ?? "planned", seen) : at;
  return (
    <ol className={styles.steps} aria-label="The way of this campaign">
      {STEPS.map((step, index) => {
        const stopped = state === "stopped" && index === STEPS.length - 1;
        const done = index < taken;
        const kind = stopped ? styles.ended : done ? styles.done : index === at ? styles.now : "";
        return (
          <li
            key={step}
            className={`${styles.step} ${kind}`}
            aria-current={index === at ? "step" : undefined}
          >
            {done && !stopped ? <IconCheck size={15} aria-hidden /> : null}
            {stopped ? "Stopped" : step === "Send" && state === "paused" ? "Paused" : step}
            {done && !stopped ? <span className="hidden-text"> (done)</span> : null}
          </li>
        );
      })}
    </ol>
  );
}
