import type { ReactNode } from "react";
import { Drawer } from "@/ui/Dialog";

/** The chosen case on a phone: over the queue, with the way back. */
export default function CaseDrawer({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  return (
    <Drawer
      opened
      onClose={onClose}
      position="bottom"
      size="100%"
      title="Case"
      closeButtonProps={{ "aria-label": "Back to the queue" }}
      padding={0}
      transitionProps={{ duration: 0 }}
      styles={{ header: { padding: "0.5rem 1rem" } }}
    >
      {children}
    </Drawer>
  );
}
