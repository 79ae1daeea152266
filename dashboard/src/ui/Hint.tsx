import { IconInfoCircle } from "@tabler/icons-react";
import { lazy, Suspense, useRef, useState } from "react";

const Tip = lazy(() => import("./Tip"));

interface Props {
  /** What a screen reader says. */
  label: string;
  text: string;
}

/** A mark that explains what stands beside it. What draws the words is loaded when somebody asks for them. */
export function Hint({ label, text }: Props) {
  const [shown, show] = useState(false);
  const [wanted, want] = useState(false);
  const mark = useRef<HTMLButtonElement>(null);
  const open = () => {
    want(true);
    show(true);
  };
  const close = () => show(false);
  return (
    <>
      <button
        ref={mark}
        type="button"
        aria-label={label}
        className="hint"
        onMouseEnter={open}
        onFocus={open}
        onClick={open}
        onMouseLeave={close}
        onBlur={close}
        onKeyDown={(event) => {
          if (event.key === "Escape") close();
        }}
      >
        <IconInfoCircle size={14} aria-hidden />
      </button>
      {wanted ? (
        <Suspense fallback={null}>
          <Tip target={mark} label={text} opened={shown} />
        </Suspense>
      ) : null}
    </>
  );
}
