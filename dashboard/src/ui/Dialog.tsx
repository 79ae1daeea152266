import { Drawer as AnyDrawer, Modal as AnyModal, type DrawerProps, type ModalProps } from "@mantine/core";
import { useLayoutEffect } from "react";

/**
 * Gives the focus back to what had it before a dialog opened, also where the dialog is not closed but taken away:
 * otherwise whoever works by keyboard would begin at the top of the page again.
 */
function useFocusBack(opened: boolean) {
  useLayoutEffect(() => {
    if (!opened) return;
    const before = document.activeElement;
    return () => {
      setTimeout(() => {
        const now = document.activeElement;
        const lost = now === null || now === document.body || !now.isConnected;
        if (lost && before instanceof HTMLElement && before.isConnected)
          before.focus({ preventScroll: true });
      });
    };
  }, [opened]);
}

export function Modal(props: ModalProps) {
  useFocusBack(props.opened);
  return <AnyModal {...props} />;
}

export function Drawer(props: DrawerProps) {
  useFocusBack(props.opened);
  return <AnyDrawer {...props} />;
}
